//! Prices in either way of writing numbers.

use expect_test::expect;
use serde_json::{Value, json};

use crate::fixture::{check_csv, open, shown};

/// What becomes of a price beside a currency: "amount currency" as the catalogue keeps it, or the refusal.
fn price(price: &str, currency: &str) -> String {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["title", "price", "currency"]).unwrap();
    table.write_record(["t", price, currency]).unwrap();
    match open("a.csv", table.into_inner().unwrap()).unwrap().next().unwrap().unwrap() {
        Err(refused) => format!("refused: {}", refused.reason),
        Ok(row) => match row.draft.check() {
            Err(errors) => format!("refused: {}: {}", errors[0].field, errors[0].message),
            Ok((_, details)) => {
                details.price.map_or_else(String::new, |price| format!("{} {}", price.amount, price.currency))
            }
        },
    }
}

#[test]
fn amounts_are_read_in_the_way_they_are_written() {
    for (text, currency, expected) in [
        ("Rp 79.000", "", "79000.00 IDR"),
        ("Rp79.000,00", "", "79000.00 IDR"),
        ("Rp. 79.000,-", "", "79000.00 IDR"),
        ("79.000,-", "IDR", "79000.00 IDR"),
        ("79.000", "IDR", "79000.00 IDR"),
        ("79.000", "Rupiah", "79000.00 IDR"),
        ("79.000,00", "IDR", "79000.00 IDR"),
        ("79,000.00", "IDR", "79000.00 IDR"),
        ("79000", "idr", "79000.00 IDR"),
        ("79000.0", "IDR", "79000.00 IDR"),
        ("1.250.000", "IDR", "1250000.00 IDR"),
        ("$12.99", "", "12.99 USD"),
        ("US$ 12.99", "", "12.99 USD"),
        ("12,50 EUR", "", "12.50 EUR"),
        ("12.50 €", "EUR", "12.50 EUR"),
        ("1 234,50 €", "", "1234.50 EUR"),
        ("1'234.50", "CHF", "1234.50 CHF"),
        ("0.500", "EUR", "0.50 EUR"),
        ("12.500", "KWD", "12.500 KWD"),
        ("1.500", "JPY", "1500 JPY"),
        ("5 RM", "", "5.00 MYR"),
        ("", "IDR", ""),
        ("-", "IDR", ""),
    ] {
        assert_eq!(price(text, currency), expected, "{text} {currency}");
    }
}

#[test]
fn an_amount_that_can_be_read_in_two_ways_is_refused() {
    let table = [
        ("79.000", ""),
        ("79.000,00", ""),
        ("12,500", "KWD"),
        ("1.23.456", "IDR"),
        ("1.234.56", "EUR"),
        ("12.50,-", "EUR"),
        ("12.50", "potatoes"),
        ("$12.50", "EUR"),
        ("¥500", ""),
        ("-5", "EUR"),
        ("gratis", "IDR"),
        ("12/50", "EUR"),
        ("12.505", "EUR extra"),
    ];
    let lines: String =
        table.map(|(text, currency)| format!("{text} {currency}: {}\n", price(text, currency))).concat();
    expect![[r#"
        79.000 : refused: price: "79.000" may be 79 or 79000: write it without the sign between, or name the currency
        79.000,00 : refused: price.currency: is missing: give its ISO 4217 code, such as "IDR"
        12,500 KWD: refused: price: "12,500" may be 12 or 12500: write the decimals behind a point
        1.23.456 IDR: refused: price: "1.23.456" is no amount that can be read in only one way: write digits, such as 79000 or 12.50
        1.234.56 EUR: refused: price: "1.234.56" is no amount that can be read in only one way: write digits, such as 79000 or 12.50
        12.50,- EUR: refused: price: "12.50,-" is no amount that can be read in only one way: write digits, such as 79000 or 12.50
        12.50 potatoes: refused: price: "potatoes" is no currency: write a code such as IDR
        $12.50 EUR: refused: price: "$12.50" has two currencies, USD and EUR
        ¥500 : refused: price: "¥" is no currency: write a code such as IDR
        -5 EUR: refused: price: "-5" is negative, a price is not
        gratis IDR: refused: price: "gratis" holds no amount
        12/50 EUR: refused: price: "12/50" is no amount: write digits, such as 79000 or 12.50
        12.505 EUR extra: refused: price: "EUR extra" is no currency: write a code such as IDR
    "#]]
    .assert_eq(&lines);
}

#[test]
fn a_refused_price_keeps_out_no_other_row() {
    check_csv(
        "title,price\na,79.000\nb,Rp 79.000\n",
        expect![[r#"
        2 refused: price: "79.000" may be 79 or 79000: write it without the sign between, or name the currency
        3 {"price":{"amount":"79000","currency":"IDR"},"title":"b"}
    "#]],
    );
}

#[test]
fn the_header_may_name_the_currency() {
    let row = |header: &str| open("a.csv", format!("title,{header}\nt,79.000\n")).unwrap().next().unwrap().unwrap();
    for header in ["Harga (Rp)", "harga_rp", "PRICE IDR", "Harga Jual (IDR)"] {
        assert_eq!(
            row(header).unwrap().draft.members()["price"],
            json!({"amount": "79000", "currency": "IDR"}),
            "{header}"
        );
    }
    assert!(row("price").is_err());
}

#[test]
fn a_price_in_json_may_be_one_text() {
    let books = r#"[{"title":"a","price":"Rp 79.000"},{"title":"b","price":"79.000"},{"title":"c","price":{"amount":"1","currency":"EUR"}},{"title":"d","price":null}]"#;
    expect![[r#"
        1 {"price":{"amount":"79000","currency":"IDR"},"title":"a"}
        2 refused: price: "79.000" may be 79 or 79000: write it without the sign between, or name the currency
        3 {"price":{"amount":"1","currency":"EUR"},"title":"c"}
        4 {"price":null,"title":"d"}
    "#]]
    .assert_eq(&shown("a.json", books));
    let row = open("a.json", r#"[{"title":"a","price":5}]"#).unwrap().next().unwrap().unwrap().unwrap();
    assert_eq!(row.draft.members()["price"], Value::from(5));
    assert!(row.draft.check().is_err());
}
