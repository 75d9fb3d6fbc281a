//! Language tags in their shortest form.

use catalogue::Language;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn check(tags: &[&str], expected: Expect) {
    let lines: String = tags
        .iter()
        .map(|text| match text.parse::<Language>() {
            Ok(language) => format!("{text} -> {}\n", language.as_str()),
            Err(error) => format!("{text} !! {error}\n"),
        })
        .collect();
    expected.assert_eq(&lines);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, and nothing else")]
fn a_tag_is_kept_in_its_shortest_form() {
    check(
        &[
            "id",
            "ind",
            "IND",
            "in",
            "eng",
            "en",
            "fre",
            "fra",
            "ger",
            "deu",
            "dut",
            "chi",
            "zho",
            "may",
            "msa",
            "jav",
            "sun",
            "iw",
            "ji",
            "tl",
            "tgl",
            "fil",
            "mo",
            "cmn",
            "nob",
            "nb",
            "en-us",
            "EN_us",
            "en-Latn-GB",
            "zh-hant-tw",
            "pt-BR",
            "en-CA",
            "sr-latn",
            "min",
            "und",
            "mul",
            "es-419",
            "de-1996",
            "sl-rozaj-biske",
            "en-x-shop",
            " id ",
        ],
        expect![[r#"
            id -> id
            ind -> id
            IND -> id
            in -> id
            eng -> en
            en -> en
            fre -> fr
            fra -> fr
            ger -> de
            deu -> de
            dut -> nl
            chi -> zh
            zho -> zh
            may -> ms
            msa -> ms
            jav -> jv
            sun -> su
            iw -> he
            ji -> yi
            tl -> tl
            tgl -> tl
            fil -> fil
            mo -> ro
            cmn -> zh
            nob -> nb
            nb -> nb
            en-us -> en-US
            EN_us !! "EN_us" is no language tag: use one like "id", "en" or "en-GB" (BCP 47)
            en-Latn-GB -> en-Latn-GB
            zh-hant-tw -> zh-Hant-TW
            pt-BR -> pt-BR
            en-CA -> en-CA
            sr-latn -> sr-Latn
            min -> min
            und -> und
            mul -> mul
            es-419 -> es-419
            de-1996 -> de-1996
            sl-rozaj-biske -> sl-biske-rozaj
            en-x-shop -> en-x-shop
             id  -> id
        "#]],
    );
}

#[test]
fn what_is_no_tag_is_refused() {
    check(
        &[
            "",
            "e",
            "English",
            "Indonesia",
            "bahasa Indonesia",
            "id;en",
            "id, en",
            "en-",
            "en--US",
            "12",
            "i-klingon",
            "zh-yue",
        ],
        expect![[r#"
             !! "" is no language tag: use one like "id", "en" or "en-GB" (BCP 47)
            e !! "e" is no language tag: use one like "id", "en" or "en-GB" (BCP 47)
            English !! "English" is no language tag: use one like "id", "en" or "en-GB" (BCP 47)
            Indonesia !! "Indonesia" is no language tag: use one like "id", "en" or "en-GB" (BCP 47)
            bahasa Indonesia !! "bahasa Indonesia" is no language tag: use one like "id", "en" or "en-GB" (BCP 47)
            id;en !! "id;en" is no language tag: use one like "id", "en" or "en-GB" (BCP 47)
            id, en !! "id, en" is no language tag: use one like "id", "en" or "en-GB" (BCP 47)
            en- !! "en-" is no language tag: use one like "id", "en" or "en-GB" (BCP 47)
            en--US !! "en--US" is no language tag: use one like "id", "en" or "en-GB" (BCP 47)
            12 !! "12" is no language tag: use one like "id", "en" or "en-GB" (BCP 47)
            i-klingon !! "i-klingon" is no language tag: use one like "id", "en" or "en-GB" (BCP 47)
            zh-yue !! "zh-yue" is no language tag: use one like "id", "en" or "en-GB" (BCP 47)
        "#]],
    );
}

proptest! {
    #[test]
    fn a_shortest_form_is_its_own_shortest_form(tag in "[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?") {
        if let Ok(language) = tag.parse::<Language>() {
            let again: Language = language.as_str().parse().unwrap();
            prop_assert_eq!(again, language);
        }
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC*|[a-zA-Z0-9-]{0,30}") {
        let _ = text.parse::<Language>();
    }
}
