//! The program from outside: real processes, real sockets, clients that we did not write.

mod activation;
mod backups;
mod client;
mod commands;
mod configuration;
mod crashes;
mod files;
mod linearizability;
mod matching;
mod protocol_examples;
mod requests;
mod retries;
mod secure;
mod server;
mod serving;
mod stock_client;
mod stopping;
mod subscribers;
mod takeover;
mod tidy;
mod tokens;
mod watching;
mod writers;
