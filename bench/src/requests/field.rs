//! All servers that take part. They run all the time, so that everybody's turns can alternate; who has no turn costs
//! nothing.

use super::Event;
use super::contestant::Contestant;
use crate::args::{self, Target, Work, YardstickKind};
use crate::report::note;

/// The servers.
pub(crate) struct Field {
    /// One for each number of books.
    ours: Vec<Contestant>,
    others: Vec<Contestant>,
}

impl Field {
    /// Starts whom the works need.
    pub(crate) async fn start(target: &Target, args: &args::Requests) -> anyhow::Result<Field> {
        let mut field = Field { ours: Vec::new(), others: Vec::new() };
        for books in &args.books {
            note(format_args!("starting with {books} books"));
            field.ours.push(Contestant::ours(target, *books).await?);
        }
        if !args.alone {
            field.start_others(args).await?;
        }
        Ok(field)
    }

    async fn start_others(&mut self, args: &args::Requests) -> anyhow::Result<()> {
        if args.work.contains(&Work::Get) {
            for books in &args.books {
                self.others.push(Contestant::yardstick(YardstickKind::Limit, *books).await?);
            }
            self.others.push(Contestant::yardstick(YardstickKind::Echo, args.books[0]).await?);
            if args.json_server {
                self.add("npm", Contestant::json_server(args.books[0]).await?);
            }
        }
        if args.work.contains(&Work::Create) || args.work.contains(&Work::Update) {
            self.add("redis-server", Contestant::redis().await?);
        }
        Ok(())
    }

    fn add(&mut self, program: &str, contestant: Option<Contestant>) {
        match contestant {
            Some(contestant) => self.others.push(contestant),
            None => note(format_args!("{program} is not installed: left out")),
        }
    }

    /// Starts ours anew with the books they began with.
    pub(crate) async fn renew(&mut self, target: &Target) -> anyhow::Result<()> {
        for contestant in &mut self.ours {
            *contestant = Contestant::ours(target, contestant.books).await?;
        }
        Ok(())
    }

    /// Who takes part in an event, ours first.
    pub(crate) fn entrants(&self, event: Event) -> Vec<&Contestant> {
        let others = self.others.iter().filter(|other| other.takes_part(event.work, event.pipeline));
        self.ours.iter().chain(others).collect()
    }
}
