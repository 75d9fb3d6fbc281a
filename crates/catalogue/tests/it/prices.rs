//! Prices with their currency's decimals.

use catalogue::Price;
use expect_test::{Expect, expect};
use proptest::prelude::*;

use crate::fixture::errors_text;

fn check(prices: &[(&str, &str)], expected: Expect) {
    let lines: String = prices
        .iter()
        .map(|(amount, currency)| match Price::parse(amount, currency) {
            Ok(price) => format!("{amount} {currency} -> {} {}\n", price.amount, price.currency),
            Err(errors) => format!("{amount} {currency} !! {}", errors_text(&errors)),
        })
        .collect();
    expected.assert_eq(&lines);
}

#[test]
fn an_amount_has_as_many_decimals_as_its_currency() {
    check(
        &[
            ("79000", "IDR"),
            ("79000.5", "IDR"),
            ("12.50", "EUR"),
            ("12.500", "eur"),
            ("1500", "JPY"),
            ("1500.00", "JPY"),
            ("3.5", "KWD"),
            ("3.125", "KWD"),
            ("0", "USD"),
            ("007", "USD"),
            (" 12 ", " usd "),
            ("999999999999.99", "IDR"),
            ("000000000000000000001", "IDR"),
            ("2.5", "CLF"),
        ],
        expect![[r#"
            79000 IDR -> 79000.00 IDR
            79000.5 IDR -> 79000.50 IDR
            12.50 EUR -> 12.50 EUR
            12.500 eur -> 12.50 EUR
            1500 JPY -> 1500 JPY
            1500.00 JPY -> 1500 JPY
            3.5 KWD -> 3.500 KWD
            3.125 KWD -> 3.125 KWD
            0 USD -> 0.00 USD
            007 USD -> 7.00 USD
             12   usd  -> 12.00 USD
            999999999999.99 IDR -> 999999999999.99 IDR
            000000000000000000001 IDR -> 1.00 IDR
            2.5 CLF -> 2.5000 CLF
        "#]],
    );
}

#[test]
fn what_is_no_price_is_refused_and_never_rounded() {
    check(
        &[
            ("12.505", "EUR"),
            ("1500.5", "JPY"),
            ("1.0001", "KWD"),
            ("1000000000000", "IDR"),
            ("-1", "EUR"),
            ("+1", "EUR"),
            ("1,50", "EUR"),
            ("1.000.000", "IDR"),
            ("1e3", "EUR"),
            (".5", "EUR"),
            ("5.", "EUR"),
            ("", "EUR"),
            ("Rp 79.000", "IDR"),
            ("５", "EUR"),
            ("12", ""),
            ("12", "RUPIAH"),
            ("12", "ZZZ"),
            ("twelve", "guilders"),
        ],
        expect![[r#"
            12.505 EUR !! price.amount: has too many decimals: this currency has 2
            1500.5 JPY !! price.amount: has too many decimals: this currency has 0
            1.0001 KWD !! price.amount: has too many decimals: this currency has 3
            1000000000000 IDR !! price.amount: has 13 digits before the point, at most 12 are allowed
            -1 EUR !! price.amount: "-1" is no amount: write digits with at most one point, such as 79000 or 12.50
            +1 EUR !! price.amount: "+1" is no amount: write digits with at most one point, such as 79000 or 12.50
            1,50 EUR !! price.amount: "1,50" is no amount: write digits with at most one point, such as 79000 or 12.50
            1.000.000 IDR !! price.amount: "1.000.000" is no amount: write digits with at most one point, such as 79000 or 12.50
            1e3 EUR !! price.amount: "1e3" is no amount: write digits with at most one point, such as 79000 or 12.50
            .5 EUR !! price.amount: ".5" is no amount: write digits with at most one point, such as 79000 or 12.50
            5. EUR !! price.amount: "5." is no amount: write digits with at most one point, such as 79000 or 12.50
             EUR !! price.amount: "" is no amount: write digits with at most one point, such as 79000 or 12.50
            Rp 79.000 IDR !! price.amount: "Rp 79.000" is no amount: write digits with at most one point, such as 79000 or 12.50
            ５ EUR !! price.amount: "５" is no amount: write digits with at most one point, such as 79000 or 12.50
            12  !! price.currency: "" is no ISO 4217 code such as "IDR" or "EUR"
            12 RUPIAH !! price.currency: "RUPIAH" is no ISO 4217 code such as "IDR" or "EUR"
            12 ZZZ !! price.currency: "ZZZ" is no ISO 4217 code such as "IDR" or "EUR"
            twelve guilders !! price.currency: "guilders" is no ISO 4217 code such as "IDR" or "EUR"
            price.amount: "twelve" is no amount: write digits with at most one point, such as 79000 or 12.50
        "#]],
    );
}

proptest! {
    #[test]
    fn a_price_that_was_read_reads_as_itself(whole in 0u64..1_000_000_000_000, cents in 0u32..100) {
        let price = Price::parse(&format!("{whole}.{cents:02}"), "IDR").unwrap();
        prop_assert_eq!(Price::parse(&price.amount, &price.currency).unwrap(), price);
    }

    #[test]
    fn no_text_breaks_the_reader(amount in "\\PC*|[0-9.]{0,40}", currency in "\\PC*|[A-Z]{3}") {
        let _ = Price::parse(&amount, &currency);
    }
}
