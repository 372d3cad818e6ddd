//! Journals of what the network decided about itself.

use super::{super::Gathered, Logs};
use crate::{
    codec::encode,
    draft::{Moment, Records as _},
    journal::LogName,
    money::Currency,
    parameters::ParametersEntry,
    record::{Name, Record},
    validators::CommitteeEntry,
};

impl Gathered<'_> {
    /// One entry where parameters changed, or what is decided about them; one for the committee.
    pub(super) fn close_governed(&mut self, logs: &mut Logs<'_>) {
        let Moment { height, time, .. } = self.moment;
        if let Some(Record::Parameters(changed)) = self.view.changed(&Name::Parameters)
            && changed.values != self.view.state.parameters().values
        {
            let mut parameters = changed.clone();
            let entry = ParametersEntry { height, time, closing: parameters.values.clone() };
            parameters.journal = logs.append(LogName::Parameters, encode(&entry), Vec::new());
            self.view.put(Name::Parameters, Record::Parameters(parameters));
        }
        if let Some(Record::Committee(changed)) = self.view.changed(&Name::Committee) {
            let mut committee = changed.clone();
            let entry = CommitteeEntry::of(&committee, height, time);
            let validators = encode(&committee.validators);
            committee.journal = logs.append(LogName::Committee, encode(&entry), validators);
            self.view.put(Name::Committee, Record::Committee(committee));
        }
    }

    /// The network's age limit of attestations in this block, and in the one before.
    pub(super) fn ages(&self) -> (u64, u64) {
        let before = self.view.state.parameters().values.limits.attestation_max_age_ms;
        (self.moment.limits.attestation_max_age_ms, before)
    }

    /// Every currency, where the network's age limit of attestations changed: their journals tell.
    pub(super) fn retimed(&self) -> Vec<Currency> {
        let (now, before) = self.ages();
        match self.view.record(&Name::Parameters) {
            Some(Record::Parameters(parameters)) if now != before => parameters.currencies.clone(),
            _ => Vec::new(),
        }
    }
}
