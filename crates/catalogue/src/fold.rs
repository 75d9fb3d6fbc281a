//! How text is compared: regardless of case and accents.

/// `text` without case, accents and compatibility forms, for comparing only: "Łódź" and "LODZ" fold to the same.
pub fn fold(text: &str) -> String {
    let _ = text;
    todo!()
}
