//! Years, pages and copies.

use serde_json::{Value, json};

use crate::fixture::cell;

/// What a column's cell becomes; a text is left for the catalogue to refuse.
fn value(column: &str, text: &str, field: &str) -> Value {
    cell(column, text, field).0
}

#[test]
fn whole_numbers_are_read_as_spreadsheets_write_them() {
    for (text, number) in
        [("2008", 2008), ("2008.0", 2008), ("2008.00", 2008), (" 12 ", 12), ("+12", 12), ("-800", -800), ("007", 7)]
    {
        assert_eq!(value("year", text, "year"), json!(number), "{text}");
        assert_eq!(value("id", text, "id"), json!(number), "{text}");
    }
    assert_eq!(value("id", "9007199254740993", "id"), json!(9_007_199_254_740_993_u64));
}

#[test]
fn what_is_no_whole_number_is_left_for_the_catalogue_to_refuse() {
    for text in
        ["3.5", "1e3", "1.234", "1,234", "NaN", "0x7D0", "２０２０", "١٩٩٩", "99999999999999999999", "12 34", "5-", "+"]
    {
        for field in ["year", "pages", "stock"] {
            assert_eq!(value(field, text, field), json!(text), "{field} {text}");
        }
        assert_eq!(value("jumlah", text, "stock"), json!(text), "{text}");
    }
    assert_eq!(value("year", "c1998", "year"), json!("c1998"));
    assert_eq!(value("pages", "345 p.", "pages"), json!("345 p."));
}

#[test]
fn a_stroke_in_a_column_of_numbers_is_nothing() {
    for column in ["year", "tahun", "pages", "stok"] {
        assert_eq!(cell(column, " - ", if column == "stok" { "stock" } else { column }), (Value::Null, vec![]));
    }
}

#[test]
fn a_year_in_digits_and_signs_is_found_and_told() {
    for text in ["[1850]", "1850?", "[1850?]", "1850-52", "1850–1852", "1850/51", "9/16/1850", "(1850)."] {
        let (year, notes) = cell("year", text, "year");
        assert_eq!((year, notes), (json!(1850), vec![format!("year: 1850 was taken from {text:?}")]), "{text}");
    }
}

#[test]
fn a_column_of_dates_is_read_as_libraries_write_them() {
    for (text, year) in [("c1911", 1911), ("[ca. 1850?]", 1850), ("An. XII [1804]", 1804), ("Cet. 2, Mei 2005", 2005)] {
        let (found, notes) = cell("date_of_publication", text, "year");
        assert_eq!((found, notes.len()), (json!(year), 1), "{text}");
    }
    for text in ["2006-09-16", "11/31/2006", "16.9.2006", "2006"] {
        assert_eq!(cell("Tanggal Terbit", text, "year"), (json!(2006), vec![]), "{text}");
    }
    for text in ["18--?", "n.d.", "tidak ada"] {
        let (found, notes) = cell("date", text, "year");
        assert_eq!((found, notes), (Value::Null, vec![format!("year: {text:?} was left out, it names no year")]));
    }
}

#[test]
fn pages_may_have_a_unit_in_columns_of_others() {
    for (text, pages) in
        [("345 p.", 345), ("xii, 345 hlm. : ilus. ; 21 cm", 345), ("345hal", 345), ("XII, 12 p., 345 pp", 345)]
    {
        let (found, notes) = cell("Halaman", text, "pages");
        assert_eq!((found, notes), (json!(pages), vec![format!("pages: {pages} was taken from {text:?}")]), "{text}");
    }
    assert_eq!(cell("num_pages", "0", "pages"), (json!(0), vec![]));
    assert_eq!(cell("stok", "3 eksemplar", "stock").0, json!(3));
}
