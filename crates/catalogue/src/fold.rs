//! How text is compared: regardless of case and accents.

use icu_casemap::CaseMapperBorrowed;
use icu_normalizer::DecomposingNormalizerBorrowed;

/// `text` without case, accents and compatibility forms, for comparing only: "Łódź" and "LODZ" fold to the same.
///
/// Compatibility decomposition (NFKD), full case folding, and the accents of Latin, Greek and Cyrillic taken away. Signs
/// that are letters of their own in other scripts (vowels of Devanagari, say) stay.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let folded = CaseMapperBorrowed::new().fold_string(&decomposed);
    // Folding can bring in new composed letters, as of U+0130.
    let mut plain = String::with_capacity(folded.len());
    for c in DecomposingNormalizerBorrowed::new_nfkd().normalize(&folded).chars().filter(|c| !is_accent(*c)) {
        match base_letters(c) {
            Some(letters) => plain.push_str(letters),
            None => plain.push(c),
        }
    }
    plain
}

/// Whether `text` folds to `folded`, which is folded already. Folds only what stands behind ASCII letters that agree.
pub(crate) fn folds_to(text: &str, folded: &str) -> bool {
    let (ascii, rest) = text.split_at(ascii_len(text));
    folded.split_at_checked(ascii.len()).is_some_and(|(same, behind)| {
        same.eq_ignore_ascii_case(ascii) && if rest.is_empty() { behind.is_empty() } else { fold(rest) == behind }
    })
}

/// How many ASCII characters a text begins with. Folding makes small letters of them and nothing else, whatever follows.
pub(crate) fn ascii_len(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.bytes().take_while(u8::is_ascii).count() }
}

fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Letters that Unicode does not take apart but people type without their stroke.
fn base_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ŧ' => "t",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => return None,
    })
}
