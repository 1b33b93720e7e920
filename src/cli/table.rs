//! Aligned columns for people.

/// Columns with a heading, two spaces apart. Nothing at all where there are no rows.
pub fn columns(headings: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    let all: Vec<&Vec<String>> = std::iter::once(&headings).chain(rows).collect();
    let widths: Vec<usize> = (0..headings.len())
        .map(|column| all.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0))
        .collect();
    all.into_iter().map(|row| line(row, &widths)).collect()
}

/// `name: value`, values aligned. What is empty is left away.
pub fn fields(fields: &[(&str, String)]) -> String {
    let fields: Vec<_> = fields.iter().filter(|(_, value)| !value.is_empty()).collect();
    let widest = fields.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let row = |(name, value): &&(&str, String)| format!("{}  {}\n", pad(&format!("{name}:"), widest + 1), clean(value));
    fields.iter().map(row).collect()
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cells = row.iter().zip(widths).map(|(cell, width)| pad(&clean(cell), *width));
    let line = cells.collect::<Vec<_>>().join("  ");
    format!("{}\n", line.trim_end())
}

fn pad(text: &str, to: usize) -> String {
    let gap = to.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(gap))
}

fn width(text: &str) -> usize {
    text.chars().count()
}

/// What people typed must not move the cursor or colour the terminal.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = vec![vec!["å".to_owned(), "1".to_owned()], vec!["bcd".to_owned(), String::new()]];
        assert_eq!(columns(&["X", "NUMBER"], &rows), "X    NUMBER\nå    1\nbcd\n");
        assert_eq!(columns(&["X"], &[]), "");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(fields(&[("name", "a\u{1b}[31m".to_owned()), ("none", String::new())]), "name:  a\u{fffd}[31m\n");
    }
}
