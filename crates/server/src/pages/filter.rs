//! The form that narrows the list: plain fields, compared as whole values, sent as a plain GET.

use catalogue::FieldError;
use maud::{Markup, html};

use super::address::{Address, FILTERS, NEWEST_FIRST};
use super::table::COLUMNS;
use super::texts::Texts;

/// The form, open where it says something.
pub(super) fn form(texts: &'static Texts, address: &Address, errors: &[FieldError]) -> Markup {
    let is_open = !address.filter.is_empty();
    html! {
        details #filter .filter open[is_open] {
            summary aria-keyshortcuts="/" { (texts.say("filter.title")) }
            form method="get" action="/" {
                @if !errors.is_empty() {
                    p .notice.warning role="alert" { (texts.say("filter.wrong")) }
                }
                div .fields {
                    @for name in FILTERS { (field(texts, address, name, errors)) }
                    (order(texts, address))
                }
                p .hint { (texts.say("filter.hint")) }
                div .buttons {
                    button .primary type="submit" { (texts.say("filter.apply")) }
                    @if is_open { a .button href=(address.unfiltered().link()) { (texts.say("filter.clear")) } }
                }
                datalist #statuses {
                    option value=(texts.say("status.available")) {}
                    option value=(texts.say("status.checked_out")) {}
                }
            }
        }
    }
}

fn field(texts: &'static Texts, address: &Address, name: &'static str, errors: &[FieldError]) -> Markup {
    let id = format!("filter-{}", name.replace('.', "-"));
    let value = address.filter.get(name).map(String::as_str);
    let error = errors.iter().find(|error| error.field == name);
    let error_id = format!("{id}-error");
    let is_number = name.contains('.');
    html! {
        div .field.short[is_number] {
            label for=(id) { (label(texts, name)) }
            input id=(id) name=(name) value=[value] autocomplete="off"
                inputmode=[is_number.then_some("numeric")] list=[(name == "status").then_some("statuses")]
                aria-invalid=[error.map(|_| "true")] aria-describedby=[error.map(|_| &error_id)];
            @if let Some(error) = error { p .error id=(error_id) { (fault(texts, error)) } }
        }
    }
}

/// The order as a choice: on a phone there are no column heads.
fn order(texts: &'static Texts, address: &Address) -> Markup {
    let asked = address.sort_text();
    let option = |sort: &str, label: &str| html! { option value=(sort) selected[sort == asked] { (label) } };
    html! {
        div .field {
            label for="filter-sort" { (texts.say("order.title")) }
            select #filter-sort name="sort" {
                (option(NEWEST_FIRST, texts.say("order.newest")))
                (option("-updated_at", texts.say("order.changed")))
                @for column in COLUMNS {
                    @let label = texts.say(&format!("field.{column}"));
                    (option(column, &format!("{label} ↑")))
                    (option(&format!("-{column}"), &format!("{label} ↓")))
                }
            }
        }
    }
}

/// What is wrong, for people: the refusals speak to programs.
fn fault(texts: &'static Texts, error: &FieldError) -> String {
    match error.field.as_str() {
        "year.from" | "year.to" => texts.say("filter.wrong.year").to_owned(),
        "isbn" => texts.say("filter.wrong.isbn").to_owned(),
        _ => texts.fill("filter.wrong.other", &[("message", &error.message)]),
    }
}

fn label(texts: &'static Texts, name: &str) -> &'static str {
    match name {
        "year.from" => texts.say("filter.from"),
        "year.to" => texts.say("filter.to"),
        field => texts.say(&format!("field.{field}")),
    }
}
