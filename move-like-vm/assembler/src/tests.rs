mod generated;
mod messages;
mod written;
