//! Figures as the tables of a page. Each goes where the page has a place for it:
//!
//! ```text
//! <!-- figures: requests -->
//! <!-- end -->
//! ```

mod markdown;

use std::fs;

use anyhow::Context;

use crate::args;
use crate::figures::{self, Figures};
use crate::report::note;

const END: &str = "<!-- end -->";

/// Prints the tables, or puts them into a page.
pub(crate) fn run(args: &args::Tables) -> anyhow::Result<()> {
    let blocks = blocks(&figures::read(&args.files)?);
    let Some(path) = &args.into else {
        blocks.iter().for_each(|(_, text)| println!("{text}"));
        return Ok(());
    };
    let page = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let filled = fill(page, &blocks)?;
    Ok(fs::write(path, filled)?)
}

/// What there is to say, by the names of the places where it goes.
fn blocks(figures: &Figures) -> Vec<(String, String)> {
    let mut blocks = vec![
        ("machine".to_owned(), markdown::machine(figures)),
        ("goals".to_owned(), markdown::goals(&figures.reports)),
    ];
    for report in &figures.reports {
        let text = markdown::report(report);
        // A load may have been run twice, with other options.
        match blocks.iter_mut().find(|(name, _)| *name == report.load) {
            Some((_, before)) => *before = format!("{before}\n{text}"),
            None => blocks.push((report.load.clone(), text)),
        }
    }
    blocks
}

fn fill(mut page: String, blocks: &[(String, String)]) -> anyhow::Result<String> {
    for (name, text) in blocks {
        let mark = format!("<!-- figures: {name} -->\n");
        let Some(found) = page.find(&mark) else {
            note(format_args!("the page has no place for {name}: <!-- figures: {name} -->"));
            continue;
        };
        let from = found + mark.len();
        let length = page[from..].find(END).with_context(|| format!("the place of {name} has no {END}"))?;
        page.replace_range(from..from + length, text);
    }
    Ok(page)
}

#[cfg(test)]
mod tests;
