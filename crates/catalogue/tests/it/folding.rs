//! Text regardless of case and accents.

use catalogue::fold;
use expect_test::expect;
use proptest::prelude::*;

#[test]
#[expect(clippy::too_many_lines, reason = "a table, and nothing else")]
fn case_accents_and_compatibility_forms_do_not_count() {
    let texts = [
        "Laskar Pelangi",
        "CAFÉ",
        "Cafe\u{301}",
        "Łódź",
        "Straße",
        "STRASSE",
        "ẞ",
        "İstanbul",
        "ISTANBUL",
        "ılık",
        "Ænima",
        "Œuvre",
        "Þórr",
        "Søren",
        "Đurić",
        "Ħaż-Żabbar",
        "Ŧ",
        "naïve",
        "Αθήνα",
        "ΑΘΗΝΑ",
        "ὈΔΥΣΣΕΎΣ",
        "Όδυσσευς",
        "ёлка",
        "ﬁne",
        "ＷＩＤＥ",
        "x²",
        "१२३",
        "हिन्दी",
        "がぎぐ",
        "한국어",
        "Nguyễn Ngọc Tư",
        "Pramoedya\u{a0}Ananta",
        "e\u{301}\u{327}",
        "",
    ];
    let lines: String = texts.iter().map(|text| format!("{text} -> {}\n", fold(text))).collect();
    expect![[r#"
        Laskar Pelangi -> laskar pelangi
        CAFÉ -> cafe
        Café -> cafe
        Łódź -> lodz
        Straße -> strasse
        STRASSE -> strasse
        ẞ -> ss
        İstanbul -> istanbul
        ISTANBUL -> istanbul
        ılık -> ilik
        Ænima -> aenima
        Œuvre -> oeuvre
        Þórr -> thorr
        Søren -> soren
        Đurić -> duric
        Ħaż-Żabbar -> haz-zabbar
        Ŧ -> t
        naïve -> naive
        Αθήνα -> αθηνα
        ΑΘΗΝΑ -> αθηνα
        ὈΔΥΣΣΕΎΣ -> οδυσσευσ
        Όδυσσευς -> οδυσσευσ
        ёлка -> елка
        ﬁne -> fine
        ＷＩＤＥ -> wide
        x² -> x2
        १२३ -> १२३
        हिन्दी -> हिन्दी
        がぎぐ -> がぎぐ
        한국어 -> 한국어
        Nguyễn Ngọc Tư -> nguyen ngoc tu
        Pramoedya Ananta -> pramoedya ananta
        ȩ́ -> e
         -> 
    "#]]
    .assert_eq(&lines);
}

proptest! {
    #[test]
    fn folding_twice_is_folding_once(text in "\\PC{0,40}") {
        prop_assert_eq!(fold(&fold(&text)), fold(&text));
    }

    #[test]
    fn ascii_differs_by_case_only(text in "[ -~]{0,40}") {
        prop_assert_eq!(fold(&text), text.to_lowercase());
        prop_assert_eq!(fold(&text.to_uppercase()), fold(&text));
    }

    #[test]
    fn what_ascii_begins_with_does_not_depend_on_what_follows(ascii in "[ -~]{0,10}", rest in "\\PC{0,10}|[\u{300}-\u{36f}ß가-힣]{0,6}") {
        prop_assert_eq!(fold(&format!("{ascii}{rest}")), ascii.to_ascii_lowercase() + &fold(&rest));
    }
}
