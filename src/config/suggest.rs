//! "Did you mean …?"

/// The candidate that a slip of the finger would turn into `word`, if there is one.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `unknown key`, with what was probably meant.
pub fn unknown_key<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(word, candidates) {
        Some(meant) => format!("unknown key; did you mean `{meant}`?"),
        None => "unknown key".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_a_foreign_word_is_not() {
        let known = ["listen", "public_url", "data_dir"];
        assert_eq!(nearest("listn", known), Some("listen"));
        assert_eq!(nearest("lsiten", known), Some("listen"));
        assert_eq!(nearest("public-url", known), Some("public_url"));
        assert_eq!(nearest("database", known), None);
        assert_eq!(unknown_key("dat_dir", known), "unknown key; did you mean `data_dir`?");
    }
}
