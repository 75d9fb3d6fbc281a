//! The dialogs by which scripts add, edit and delete: closed until they are opened.

use maud::{Markup, html};

use super::texts::Texts;

/// How a field is typed.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Line,
    Number,
    Paragraphs,
}

/// One field of the form.
struct Input {
    name: &'static str,
    kind: Kind,
    /// How much of a row it takes: `full`, `half`, `third`, `quarter`.
    width: &'static str,
}

const fn input(name: &'static str, kind: Kind, width: &'static str) -> Input {
    Input { name, kind, width }
}

const BOOK: [Input; 7] = [
    input("title", Kind::Line, "full"),
    input("author", Kind::Line, "full"),
    input("publisher", Kind::Line, "half"),
    input("year", Kind::Number, "quarter"),
    input("pages", Kind::Number, "quarter"),
    input("isbn", Kind::Line, "half"),
    input("edition", Kind::Line, "half"),
];
const SHOP: [Input; 4] = [
    input("status", Kind::Line, "half"),
    input("stock", Kind::Number, "quarter"),
    input("shelf", Kind::Line, "quarter"),
    input("barcode", Kind::Line, "half"),
];
const MORE: [Input; 4] = [
    input("series", Kind::Line, "half"),
    input("language", Kind::Line, "half"),
    input("subjects", Kind::Line, "full"),
    input("description", Kind::Paragraphs, "full"),
];
/// Fields below which a word of advice stands.
const HINTED: [&str; 3] = ["author", "language", "subjects"];

/// Every dialog.
pub(super) fn all(texts: &'static Texts) -> Markup {
    html! {
        (form(texts))
        (discard(texts))
        (delete(texts))
    }
}

fn form(texts: &'static Texts) -> Markup {
    html! {
        dialog #form .wide aria-labelledby="form-title" {
            form method="dialog" novalidate {
                h2 #form-title {}
                div .scroll {
                    p .notice.warning data-part="deleted" role="alert" hidden {}
                    section #conflict .conflict aria-labelledby="conflict-title" tabindex="-1" hidden {
                        h3 #conflict-title { (texts.say("conflict.title")) }
                        div {}
                    }
                    (group(texts, "group.book", &BOOK, html! {}))
                    (group(texts, "group.shop", &SHOP, price(texts)))
                    (group(texts, "group.more", &MORE, extra(texts)))
                }
                p .message role="status" data-part="message" {}
                div .buttons {
                    button .primary type="submit" { (texts.say("action.save")) }
                    button type="button" data-action="cancel" { (texts.say("action.cancel")) }
                }
            }
            datalist #known-statuses {
                option value=(texts.say("status.available")) {}
                option value=(texts.say("status.checked_out")) {}
            }
            datalist #currencies {
                @for currency in ["IDR", "USD", "EUR", "SGD", "MYR", "AUD"] { option value=(currency) {} }
            }
        }
    }
}

fn group(texts: &'static Texts, legend: &str, inputs: &[Input], last: Markup) -> Markup {
    html! {
        fieldset {
            legend { (texts.say(legend)) }
            div .fields {
                @for input in inputs { (field(texts, input)) }
                (last)
            }
        }
    }
}

fn field(texts: &'static Texts, input: &Input) -> Markup {
    let name = input.name;
    let [id, error_id, hint_id] = ["field", "error", "hint"].map(|part| format!("{part}-{name}"));
    let is_required = name == "title";
    let is_hinted = HINTED.contains(&name);
    let described_by = if is_hinted { format!("{error_id} {hint_id}") } else { error_id.clone() };
    html! {
        div .field.(input.width) data-field=(name) {
            label for=(id) {
                (texts.say(&format!("field.{name}")))
                @if is_required { " " span .required { (texts.say("hint.required")) } }
            }
            @if input.kind == Kind::Paragraphs {
                textarea id=(id) name=(name) rows="4" aria-describedby=(described_by) {}
            } @else {
                input id=(id) name=(name) type="text" autocomplete="off" aria-describedby=(described_by)
                    inputmode=[(input.kind == Kind::Number).then_some("numeric")]
                    list=[(name == "status").then_some("known-statuses")] required[is_required] autofocus[is_required];
            }
            @if is_hinted { p .hint id=(hint_id) { (texts.say(&format!("hint.{name}"))) } }
            p .error id=(error_id) hidden {}
        }
    }
}

fn price(texts: &'static Texts) -> Markup {
    html! {
        div .field.half data-field="price" {
            div .pair {
                div {
                    label for="field-price" { (texts.say("field.price")) }
                    input #field-price name="price" type="text" inputmode="decimal" autocomplete="off"
                        aria-describedby="error-price";
                }
                div .currency {
                    label for="field-currency" { (texts.say("field.currency")) }
                    input #field-currency name="currency" type="text" autocomplete="off" maxlength="3"
                        list="currencies" aria-describedby="error-price";
                }
            }
            p .error #error-price hidden {}
        }
    }
}

fn extra(texts: &'static Texts) -> Markup {
    html! {
        div .field.full data-field="extra" role="group" aria-labelledby="label-extra" {
            p .label #label-extra { (texts.say("field.extra")) }
            div .pairs {}
            p .error #error-extra hidden {}
            button .small type="button" data-action="extra" { (texts.say("extra.add")) }
        }
    }
}

fn discard(texts: &'static Texts) -> Markup {
    html! {
        dialog #discard role="alertdialog" aria-labelledby="discard-title" aria-describedby="discard-text" {
            form method="dialog" {
                h2 #discard-title { (texts.say("discard.title")) }
                p #discard-text { (texts.say("discard.text")) }
                div .buttons {
                    button .primary value="stay" autofocus { (texts.say("discard.stay")) }
                    button .danger value="leave" { (texts.say("discard.leave")) }
                }
            }
        }
    }
}

fn delete(texts: &'static Texts) -> Markup {
    html! {
        dialog #delete role="alertdialog" aria-labelledby="delete-title" aria-describedby="delete-text delete-what" {
            form method="dialog" {
                h2 #delete-title { (texts.say("delete.title")) }
                p #delete-text { (texts.say("delete.text")) }
                div #delete-what .what {}
                p .message role="alert" data-part="message" {}
                div .buttons {
                    button .danger type="submit" { (texts.say("delete.yes")) }
                    button type="button" data-action="cancel" autofocus { (texts.say("action.cancel")) }
                }
            }
        }
    }
}
