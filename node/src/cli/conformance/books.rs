//! Statements and the feed of events.

use std::time::Duration;

use florin_client::{Day, Error, Event, EventsPage, events::PAGE};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use super::kit::{Fault, Held, Kit, PATIENCE, differs};

/// Events that are compared at most.
const COMPARED: usize = 40;

impl Kit {
    pub(super) async fn stm_sum(&self) -> Held {
        let statement = self.gateway.statement(&self.currency, &Day::SoFar).await?;
        let entries = statement.entries.len();
        let Some((order, _)) = &self.paid else {
            return Ok(format!("adds up over {entries} entries"));
        };
        let booked = statement.entries.iter().filter(|e| e.uetr.as_ref() == Some(&order.uetr));
        match booked.count() {
            1 => Ok(format!("adds up over {entries} entries, names the payment")),
            0 => differs("adds up, and does not name the payment"),
            _ => differs("names the payment more than once"),
        }
    }

    pub(super) async fn stm_proof(&self) -> Held {
        // Other payments may come between the two.
        let mut got = String::new();
        for _ in 0..10 {
            let statement = self.gateway.statement(&self.currency, &Day::SoFar).await?;
            let total = self.gateway.account(&self.currency).await?.total();
            let proved = total.map(|total| self.gateway.trust().text(&total)).unwrap_or_default();
            if statement.closing == proved {
                return Ok(format!("{proved}, proved"));
            }
            got = format!("closing {}, proved {proved}", statement.closing);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        differs(got)
    }

    pub(super) async fn stm_chain(&self) -> Held {
        let today = self.gateway.statement(&self.currency, &Day::SoFar).await?;
        let open = self.gateway.statement(&self.currency, &Day::Over(today.date.clone())).await;
        match open {
            Err(error) if error.code() == "day_not_over" => {}
            Err(error) => return Err(error.into()),
            // Midnight came between the two.
            Ok(over) if over.date != date_of_today() => {}
            Ok(_) => return differs("a statement of a day that is not over"),
        }
        if today.sequence <= 1 {
            return Ok("the account's first day; 409 day_not_over".to_owned());
        }
        let date: jiff::civil::Date = today.date.parse().unwrap_or_default();
        let before = date.checked_sub(1.day()).unwrap_or(date).to_string();
        let before = self.gateway.statement(&self.currency, &Day::Over(before)).await?;
        today.follows(&before).map_err(Error::from)?;
        Ok("chains; 409 day_not_over".to_owned())
    }

    /// The newest events, and the number of the one before them.
    async fn newest(&self) -> Result<(u64, Vec<Event>), Fault> {
        let mut all: Vec<Event> = Vec::new();
        let mut after = 0;
        loop {
            let EventsPage { events, next_after, has_more } =
                self.gateway.events(after, PAGE, Duration::ZERO).await?;
            all.extend(events);
            all.drain(..all.len().saturating_sub(COMPARED));
            after = next_after;
            if !has_more {
                break;
            }
        }
        if all.len() < 2 {
            return Err(Fault::NotRun("fewer than two events; needs the payment of pay-out"));
        }
        let before = all.first().map_or(0, |event| event.number.saturating_sub(1));
        Ok((before, all))
    }

    pub(super) async fn evt_pages(&self) -> Held {
        let (before, all) = self.newest().await?;
        let (mut after, mut paged) = (before, Vec::new());
        while paged.len() < all.len() {
            let page = self.gateway.events(after, 2, Duration::ZERO).await?;
            let last = page.events.last().map(|event| event.number);
            if last.is_none() || last != Some(page.next_after) || page.events.len() > 2 {
                return differs(format!("a page after {after} that leads to {}", page.next_after));
            }
            after = page.next_after;
            paged.extend(page.events);
        }
        paged.truncate(all.len());
        if paged == all { Ok("the same events".to_owned()) } else { differs("other events") }
    }

    pub(super) async fn evt_resume(&self) -> Held {
        let (before, all) = self.newest().await?;
        let half = all.len() / 2;
        let mut streamed = Vec::new();
        // The first stream is dropped in the middle; the second begins at its cursor.
        let mut follow = self.gateway.follow(before);
        for _ in 0..half {
            streamed.push(in_time(follow.next()).await?);
        }
        let mut follow = self.gateway.follow(follow.after());
        for _ in half..all.len() {
            streamed.push(in_time(follow.next()).await?);
        }
        if streamed == all { Ok("no gap, no repeat".to_owned()) } else { differs("other events") }
    }

    pub(super) async fn evt_order(&self) -> Held {
        let (order, _) = self.paid.as_ref().ok_or(Fault::NotRun("needs the payment of pay-out"))?;
        let mut statuses = Vec::new();
        let mut after = 0;
        loop {
            let page = self.gateway.events(after, PAGE, Duration::ZERO).await?;
            let uetr = Some(&order.uetr);
            let own =
                page.events.iter().filter(|e| e.uetr.as_ref() == uetr && e.about == "payment");
            statuses.extend(own.map(|event| event.status.clone()));
            after = page.next_after;
            if !page.has_more {
                break;
            }
        }
        let order = ["RCVD", "ACTC", "ACFC", "ACWP", "ACSC", "ACCC"];
        let places: Option<Vec<usize>> =
            statuses.iter().map(|status| order.iter().position(|known| known == status)).collect();
        let rising = places.is_some_and(|p| p.windows(2).all(|pair| pair.first() < pair.last()));
        let got = statuses.join(" ");
        let ended = statuses.iter().any(|status| status == "ACSC");
        if rising && ended { Ok(got) } else { differs(got) }
    }
}

fn date_of_today() -> String {
    Timestamp::now().to_zoned(TimeZone::UTC).date().to_string()
}

async fn in_time<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Fault> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => Ok(done?),
        Err(_) => differs("no event in time"),
    }
}
