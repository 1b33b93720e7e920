//! QR codes as the outline of their dark squares: one path, which a template can draw without trusting anything.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// White squares around the code, which readers need (ISO/IEC 18004 §6.3.8).
const QUIET: usize = 4;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Qr {
    /// Squares on each side, the margin included.
    pub side: usize,
    pub path: String,
}

impl Qr {
    /// Nothing where the text is longer than a code can hold.
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (row, squares) in code.to_colors().chunks(width).enumerate() {
            let mut column = 0;
            for run in squares.chunk_by(|one, other| one == other) {
                if run.first() == Some(&Color::Dark) {
                    let written = write!(path, "M{} {}h{}v1h-{}z", column + QUIET, row + QUIET, run.len(), run.len());
                    debug_assert!(written.is_ok(), "a string takes everything");
                }
                column += run.len();
            }
        }
        Some(Self { side: width + 2 * QUIET, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_finders_and_a_margin() {
        let qr = Qr::of("otpauth://totp/Fjordby:mette?secret=GEZDGNBVGY3TQOJQ").unwrap();
        let finder = format!("M{QUIET} {QUIET}h7v1h-7z");
        assert!(qr.path.starts_with(&finder), "{}", qr.path);
        assert!(qr.path.contains(&format!("M{} {QUIET}h7v1h-7z", qr.side - QUIET - 7)));
        assert!(qr.path.contains(&format!("M{QUIET} {}h7v1h-7z", qr.side - QUIET - 1)));
    }

    #[test]
    fn a_text_that_no_code_can_hold_has_none() {
        assert_eq!(Qr::of(&"x".repeat(10_000)), None);
    }
}
