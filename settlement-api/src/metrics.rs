//! Counters of a gateway, for Prometheus. Names carry their unit; see docs/metrics.md.

use crate::outbox::Backlog;
use ledger_core::refusal::Refusal;
use prometheus::{Encoder as _, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};

/// The counters.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    refusals: IntCounterVec,
    payments: IntCounterVec,
    webhooks: IntGaugeVec,
    webhook_attempts: IntCounterVec,
    channels: IntCounterVec,
    limited: IntCounterVec,
    halted: IntGauge,
    reviews: IntGauge,
    outbox: IntGauge,
    outbox_age: IntGauge,
    certificate_end: IntGauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Counters at zero.
    #[must_use]
    pub fn new() -> Self {
        let counter = |name: &str, help: &str, labels: &[&str]| {
            IntCounterVec::new(Opts::new(name, help), labels)
                .unwrap_or_else(|_| unreachable!("metric names are constants"))
        };
        let requests = counter(
            "florin_gateway_requests_total",
            "HTTP answers by status and problem code",
            &["status", "code"],
        );
        let refusals = counter("florin_gateway_refusals_total", "Ledger refusals", &["code"]);
        let payments = counter("florin_gateway_payments_total", "Payments ended", &["status"]);
        let webhook_attempts = counter(
            "florin_gateway_webhook_attempts_total",
            "Events told to webhooks by outcome",
            &["outcome"],
        );
        let channels = counter(
            "florin_gateway_channel_messages_total",
            "Messages of core systems by way and outcome",
            &["channel", "outcome"],
        );
        let limited = counter(
            "florin_gateway_limited_requests_total",
            "Requests refused because their sender sent too many",
            &["sender"],
        );
        let webhooks = Opts::new("florin_gateway_webhooks", "Webhooks by state");
        let webhooks = IntGaugeVec::new(webhooks, &["state"])
            .unwrap_or_else(|_| unreachable!("metric names are constants"));
        let gauge = |name: &str, help: &str| {
            IntGauge::new(name, help).unwrap_or_else(|_| unreachable!("metric names are constants"))
        };
        let halted = gauge("florin_gateway_ledger_halted", "Whether the network is halted");
        let reviews = gauge("florin_gateway_reviews", "Payments that wait for a person");
        let outbox = gauge("florin_gateway_outbox_commands", "Commands without a known fate");
        let outbox_age = gauge(
            "florin_gateway_outbox_oldest_seconds",
            "Seconds since the oldest of them was signed",
        );
        let certificate_end = gauge(
            "florin_certificate_end_timestamp_seconds",
            "Unix time at which the certificate for clients ends",
        );
        let registry = Registry::new();
        for collector in [&requests, &refusals, &payments, &webhook_attempts, &channels, &limited] {
            let _ = registry.register(Box::new(collector.clone()));
        }
        let _ = registry.register(Box::new(webhooks.clone()));
        for gauge in [&halted, &reviews, &outbox, &outbox_age] {
            let _ = registry.register(Box::new(gauge.clone()));
        }
        Self {
            registry,
            requests,
            refusals,
            payments,
            webhooks,
            webhook_attempts,
            channels,
            limited,
            halted,
            reviews,
            outbox,
            outbox_age,
            certificate_end,
        }
    }

    /// The certificate for clients ends at this second (Unix time).
    pub fn certificate_ends(&self, second: i64) {
        // Where there is none there is no metric; a second registration of the same changes nothing.
        let _ = self.registry.register(Box::new(self.certificate_end.clone()));
        self.certificate_end.set(second);
    }

    /// An HTTP answer was given.
    pub fn answered(&self, status: u16, code: &str) {
        self.requests.with_label_values(&[&status.to_string(), code]).inc();
    }

    /// The ledger refused a command.
    pub fn refused(&self, refusal: Refusal) {
        self.refusals.with_label_values(&[refusal.code()]).inc();
    }

    /// A payment reached its end.
    pub fn payment_ended(&self, status: &str) {
        self.payments.with_label_values(&[status]).inc();
    }

    /// An event was told to a webhook: `taken`, `failed`, or `given_up` besides.
    pub fn webhook_told(&self, outcome: &str) {
        self.webhook_attempts.with_label_values(&[outcome]).inc();
    }

    /// A message came by a channel: `taken`, `refused`, or `again` when it was before; or a `fault`.
    pub fn channel(&self, channel: &str, outcome: &str) {
        self.channels.with_label_values(&[channel, outcome]).inc();
    }

    /// A `client` or a `member` sent more than it may.
    pub fn limited(&self, sender: &str) {
        self.limited.with_label_values(&[sender]).inc();
    }

    /// The network is halted, or not.
    pub fn halted(&self, on: bool) {
        self.halted.set(on.into());
    }

    /// So many payments to this bank wait for one of its people.
    pub fn reviews(&self, count: usize) {
        self.reviews.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// What waits in the outbox.
    pub fn backlog(&self, backlog: Backlog) {
        let gauge = |value| i64::try_from(value).unwrap_or(i64::MAX);
        self.outbox.set(gauge(backlog.commands));
        self.outbox_age.set(gauge(backlog.oldest_s));
    }

    /// The states of all webhooks.
    pub fn webhooks<'s>(&self, states: impl Iterator<Item = &'s str>) {
        let mut counts = [("active", 0), ("failing", 0), ("disabled", 0)];
        for state in states {
            for (name, count) in &mut counts {
                *count += i64::from(*name == state);
            }
        }
        for (name, count) in counts {
            self.webhooks.with_label_values(&[name]).set(count);
        }
    }

    /// The exposition text (version 0.0.4).
    #[must_use]
    pub fn text(&self) -> String {
        let mut bytes = Vec::new();
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut bytes);
        String::from_utf8(bytes).unwrap_or_default()
    }
}
