//! Who and what a payment names: agents, parties, accounts and sums.
//!
//! # Absent on purpose
//! Branches, contact details, birth data, account types and proxies. Callers who need them read
//! the original bytes.

use crate::amount::{AmountError, currency_scale, parse_minor};
use crate::error::{Iso20022Error, SchemaRule};
use crate::identifier::{is_bic, is_country, is_currency, is_iban, is_lei};
use crate::schema::{Many, Node, Once, Optional, Sequence};
use crate::validate::Finding;
use crate::view::Part;
use crate::xml::{Element, Writer};

/// Decimals that the schema allows in any amount.
const SCHEMA_SCALE: u8 = 5;

/// A sum as the message spells it: a currency code and the text of the amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrencyAmount {
    /// Three capital letters.
    pub currency: String,
    /// The amount as written, such as `12500.00`.
    pub text: String,
}

impl CurrencyAmount {
    /// The amount in minor units of a currency with `scale` decimals.
    pub fn minor(&self, scale: u8) -> Result<u128, AmountError> {
        parse_minor(&self.text, scale)
    }

    /// Whether two spellings name the same sum: `1.5` and `1.50` do.
    pub fn same_sum(&self, other: &Self) -> bool {
        self.currency == other.currency
            && self.minor(SCHEMA_SCALE).is_ok_and(|sum| Ok(sum) == other.minor(SCHEMA_SCALE))
    }

    /// Decimals beyond those of an ISO 4217 currency are refused; other codes get the schema's five.
    pub(crate) fn read(node: Node<'_>) -> Result<Self, Iso20022Error> {
        let (text, currency) = node.simple_with("Ccy")?;
        if !is_currency(currency) {
            return Err(node.broken(SchemaRule::NotACurrency));
        }
        if let Err(reason) = parse_minor(text, currency_scale(currency).unwrap_or(SCHEMA_SCALE)) {
            let (path, line) = node.place();
            return Err(Iso20022Error::Amount { path, line, reason });
        }
        Ok(Self { currency: currency.to_owned(), text: text.to_owned() })
    }

    /// An amount greater than zero.
    pub(crate) fn read_positive(node: Node<'_>) -> Result<Self, Iso20022Error> {
        let amount = Self::read(node.clone())?;
        if amount.minor(SCHEMA_SCALE) == Ok(0) {
            let (path, line) = node.place();
            return Err(Iso20022Error::ZeroAmount { path, line });
        }
        Ok(amount)
    }

    /// Whether this is what `plus` less `minus` come to, all in the currency of this amount.
    pub(crate) fn is_balance_of(&self, plus: &[Self], minus: &[Self]) -> bool {
        let total = |start: u128, amounts: &[Self]| {
            amounts
                .iter()
                .try_fold(start, |sum, amount| sum.checked_add(amount.minor(SCHEMA_SCALE).ok()?))
        };
        let against = self.minor(SCHEMA_SCALE).ok().and_then(|own| total(own, minus));
        against.is_some() && total(0, plus) == against
    }

    pub(crate) fn write(&self, name: &'static str, out: &mut Writer) {
        out.leaf_with(name, &[("Ccy", &self.currency)], &self.text);
    }
}

/// Which spellings of element names a message may use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// Those of the pinned versions.
    Pinned,
    /// Also `BIC` and `BICOrBEI`, as the versions of 2009 call `BICFI` and `AnyBIC`.
    AnyVersion,
}

/// A bank as a message names it. Every part is optional in the schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent {
    /// BIC of 8 or 11 characters.
    pub bicfi: Option<String>,
    /// Code of the clearing system that gave the member identification, such as `USABA`.
    pub clearing_system_code: Option<String>,
    /// The clearing system's own name where it has no code. Excludes the code.
    pub clearing_system_proprietary: Option<String>,
    /// Member identification in the clearing system.
    pub clearing_member_id: Option<String>,
    /// Legal entity identifier.
    pub lei: Option<String>,
    /// Name, for people.
    pub name: Option<String>,
}

const BRANCH: Sequence = &[("FinInstnId", Once), ("BrnchId", Optional)];
const INSTITUTION: Sequence = &[
    ("BICFI", Optional),
    ("ClrSysMmbId", Optional),
    ("LEI", Optional),
    ("Nm", Optional),
    ("PstlAdr", Optional),
    ("Othr", Optional),
];
const INSTITUTION_OF_ANY_VERSION: Sequence = &[
    ("BIC", Optional),
    ("BICFI", Optional),
    ("ClrSysMmbId", Optional),
    ("LEI", Optional),
    ("Nm", Optional),
    ("PstlAdr", Optional),
    ("Othr", Optional),
];
const MEMBER: Sequence = &[("ClrSysId", Optional), ("MmbId", Once)];

impl Agent {
    /// The aliases under which a directory may know this bank, most specific first.
    ///
    /// - `BIC:AAAABBCC`, or all eleven characters when the branch is not `XXX`
    /// - `LEI:` and the LEI
    /// - `CLR:<code>:<member>`, the code empty when the message gives none. A proprietary name
    ///   stands as `PRTRY/<name>` with `%` and `:` percent-encoded, so no two banks share an alias.
    pub fn identifiers(&self) -> Vec<String> {
        let bic = self.bicfi.as_deref().map(|bic| {
            let head = bic.strip_suffix("XXX").filter(|head| head.len() == 8);
            format!("BIC:{}", head.unwrap_or(bic))
        });
        let lei = self.lei.as_deref().map(|lei| format!("LEI:{lei}"));
        let member = self.clearing_member_id.as_deref().map(|member| {
            let system = match (&self.clearing_system_code, &self.clearing_system_proprietary) {
                (Some(code), _) => code.clone(),
                (None, Some(name)) => {
                    format!("PRTRY/{}", name.replace('%', "%25").replace(':', "%3A"))
                }
                (None, None) => String::new(),
            };
            format!("CLR:{system}:{member}")
        });
        [bic, lei, member].into_iter().flatten().collect()
    }

    pub(crate) fn read(node: Node<'_>) -> Result<Self, Iso20022Error> {
        Self::read_spelled(node, Spelling::Pinned)
    }

    pub(crate) fn read_spelled(node: Node<'_>, spelling: Spelling) -> Result<Self, Iso20022Error> {
        let sequence = match spelling {
            Spelling::Pinned => INSTITUTION,
            Spelling::AnyVersion => INSTITUTION_OF_ANY_VERSION,
        };
        let institution = node.sequence(BRANCH)?.need("FinInstnId")?.sequence(sequence)?;
        let mut agent = Self {
            bicfi: read_bic_named(&institution, ["BICFI", "BIC"])?,
            lei: institution.optional("LEI", read_lei)?,
            name: institution.optional("Nm", |name| name.text(140))?,
            ..Self::default()
        };
        if let Some(member) = institution.child("ClrSysMmbId") {
            let member = member.sequence(MEMBER)?;
            agent.clearing_member_id = Some(member.need("MmbId")?.text(35)?);
            if let Some(system) = member.child("ClrSysId") {
                let (chosen, name) = system.choice(&["Cd", "Prtry"])?;
                if name == "Cd" {
                    let code = chosen.checked(is_system_code, SchemaRule::NotInCodeList)?;
                    agent.clearing_system_code = Some(code);
                } else {
                    agent.clearing_system_proprietary = Some(chosen.text(35)?);
                }
            }
        }
        Ok(agent)
    }

    pub(crate) fn write(&self, name: &'static str, out: &mut Writer) {
        out.element(name, |out| {
            out.element("FinInstnId", |out| {
                out.optional("BICFI", self.bicfi.as_deref());
                if let Some(member) = &self.clearing_member_id {
                    out.element("ClrSysMmbId", |out| {
                        self.write_system(out);
                        out.leaf("MmbId", member);
                    });
                }
                out.optional("LEI", self.lei.as_deref());
                out.optional("Nm", self.name.as_deref());
            });
        });
    }

    fn write_system(&self, out: &mut Writer) {
        match (&self.clearing_system_code, &self.clearing_system_proprietary) {
            (Some(code), _) => out.element("ClrSysId", |out| out.leaf("Cd", code)),
            (None, Some(name)) => out.element("ClrSysId", |out| out.leaf("Prtry", name)),
            (None, None) => {}
        }
    }
}

/// A customer as a message names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// Name of the person or organisation.
    pub name: Option<String>,
    /// Where the party can be written to.
    pub address: Option<PostalAddress>,
    /// BIC of an organisation.
    pub bic: Option<String>,
    /// LEI of an organisation.
    pub lei: Option<String>,
    /// Country of residence, two capital letters.
    pub country_of_residence: Option<String>,
}

const PARTY: Sequence = &[
    ("Nm", Optional),
    ("PstlAdr", Optional),
    ("Id", Optional),
    ("CtryOfRes", Optional),
    ("CtctDtls", Optional),
];
const ORGANISATION: Sequence = &[("AnyBIC", Optional), ("LEI", Optional), ("Othr", Many)];
const ORGANISATION_OF_ANY_VERSION: Sequence =
    &[("BICOrBEI", Optional), ("AnyBIC", Optional), ("LEI", Optional), ("Othr", Many)];

impl Party {
    /// The country of the address, or else of residence.
    pub fn country(&self) -> Option<&str> {
        let of_address = self.address.as_ref().and_then(|address| address.country.as_deref());
        of_address.or(self.country_of_residence.as_deref())
    }

    pub(crate) fn read(node: Node<'_>) -> Result<Self, Iso20022Error> {
        let identity = Self::read_identity(node.clone(), Spelling::Pinned)?;
        Ok(Self { address: node.optional("PstlAdr", PostalAddress::read)?, ..identity })
    }

    /// Reads everything but the address.
    pub(crate) fn read_identity(node: Node<'_>, spelling: Spelling) -> Result<Self, Iso20022Error> {
        let node = node.sequence(PARTY)?;
        let mut party = Self {
            name: node.optional("Nm", |name| name.text(140))?,
            country_of_residence: node.optional("CtryOfRes", read_country)?,
            ..Self::default()
        };
        if let Some(id) = node.child("Id") {
            let (chosen, name) = id.choice(&["OrgId", "PrvtId"])?;
            if name == "OrgId" {
                let organisation = chosen.sequence(match spelling {
                    Spelling::Pinned => ORGANISATION,
                    Spelling::AnyVersion => ORGANISATION_OF_ANY_VERSION,
                })?;
                party.bic = read_bic_named(&organisation, ["AnyBIC", "BICOrBEI"])?;
                party.lei = organisation.optional("LEI", read_lei)?;
            }
        }
        Ok(party)
    }

    pub(crate) fn write(&self, name: &'static str, out: &mut Writer) {
        out.element(name, |out| {
            out.optional("Nm", self.name.as_deref());
            if let Some(address) = &self.address {
                address.write(out);
            }
            if self.bic.is_some() || self.lei.is_some() {
                out.element("Id", |out| {
                    out.element("OrgId", |out| {
                        out.optional("AnyBIC", self.bic.as_deref());
                        out.optional("LEI", self.lei.as_deref());
                    });
                });
            }
            out.optional("CtryOfRes", self.country_of_residence.as_deref());
        });
    }
}

/// A customer or a bank, where a message may name either.
///
/// Addresses are not read here: their parts and lengths differ between versions, and nobody acts
/// on them. A party with an address therefore fails the check of a message that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "a message holds few, and a box is worse to match")]
pub enum PartyOrAgent {
    /// A person or organisation.
    Party(Party),
    /// A bank.
    Agent(Agent),
}

/// The two elements between which a message chooses: that of a party, then that of an agent.
pub(crate) type PartyOrAgentNames = [&'static str; 2];

impl PartyOrAgent {
    /// The name, of whichever kind it is.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Party(party) => party.name.as_deref(),
            Self::Agent(agent) => agent.name.as_deref(),
        }
    }

    pub(crate) fn read(
        node: Node<'_>,
        [party_name, agent_name]: PartyOrAgentNames,
        spelling: Spelling,
    ) -> Result<Self, Iso20022Error> {
        let (chosen, name) = node.choice(&[party_name, agent_name])?;
        if name == party_name {
            Party::read_identity(chosen, spelling).map(Self::Party)
        } else {
            Agent::read_spelled(chosen, spelling).map(Self::Agent)
        }
    }

    pub(crate) fn write(
        &self,
        name: &'static str,
        [party_name, agent_name]: PartyOrAgentNames,
        out: &mut Writer,
    ) {
        out.element(name, |out| match self {
            Self::Party(party) => party.write(party_name, out),
            Self::Agent(agent) => agent.write(agent_name, out),
        });
    }
}

/// A structured, hybrid or unstructured address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the schema element of the same meaning")]
pub struct PostalAddress {
    pub department: Option<String>,
    pub sub_department: Option<String>,
    pub street: Option<String>,
    pub building_number: Option<String>,
    pub building_name: Option<String>,
    pub floor: Option<String>,
    pub post_box: Option<String>,
    pub room: Option<String>,
    pub post_code: Option<String>,
    pub town: Option<String>,
    pub town_location: Option<String>,
    pub district: Option<String>,
    pub subdivision: Option<String>,
    pub country: Option<String>,
    pub lines: Vec<String>,
}

const MAX_ADDRESS_LINES: usize = 7;
const LINE: &str = "AdrLine";
const ADDRESS: Sequence = &[
    ("AdrTp", Optional),
    ("Dept", Optional),
    ("SubDept", Optional),
    ("StrtNm", Optional),
    ("BldgNb", Optional),
    ("BldgNm", Optional),
    ("Flr", Optional),
    ("PstBx", Optional),
    ("Room", Optional),
    ("PstCd", Optional),
    ("TwnNm", Optional),
    ("TwnLctnNm", Optional),
    ("DstrctNm", Optional),
    ("CtrySubDvsn", Optional),
    ("Ctry", Optional),
    (LINE, Many),
];

/// As it stands in a message that is known to be valid.
impl Part for PostalAddress {
    fn take_part(element: &Element) -> Result<Self, Vec<Finding>> {
        let mut address = Self::default();
        for (name, text) in address.parts_mut() {
            *text = element.text_at(name).map(str::to_owned);
        }
        let lines = element.children.iter().filter(|child| child.name == LINE);
        address.lines = lines.map(|line| line.text.clone()).collect();
        Ok(address)
    }

    fn put_part(&self, element: &mut Element) {
        let mut add = |name, text: &str| {
            let mut own = Element::new(&element.namespace, name);
            text.clone_into(&mut own.text);
            element.children.push(own);
        };
        for (name, text) in self.parts() {
            text.iter().for_each(|text| add(name, text));
        }
        self.lines.iter().for_each(|line| add(LINE, line));
    }
}

impl PostalAddress {
    pub(crate) fn read(node: Node<'_>) -> Result<Self, Iso20022Error> {
        let node = node.sequence(ADDRESS)?;
        let text = |name: &str, max: usize| node.optional(name, |child| child.text(max));
        let address = Self {
            department: text("Dept", 70)?,
            sub_department: text("SubDept", 70)?,
            street: text("StrtNm", 70)?,
            building_number: text("BldgNb", 16)?,
            building_name: text("BldgNm", 35)?,
            floor: text("Flr", 70)?,
            post_box: text("PstBx", 16)?,
            room: text("Room", 70)?,
            post_code: text("PstCd", 16)?,
            town: text("TwnNm", 35)?,
            town_location: text("TwnLctnNm", 35)?,
            district: text("DstrctNm", 35)?,
            subdivision: text("CtrySubDvsn", 35)?,
            country: node.optional("Ctry", read_country)?,
            lines: node.all(LINE).map(|line| line.text(70)).collect::<Result<_, _>>()?,
        };
        match node.all(LINE).nth(MAX_ADDRESS_LINES) {
            Some(line) => Err(line.broken(SchemaRule::Repeated)),
            None => Ok(address),
        }
    }

    /// Every part but the lines, with its element, in their order.
    fn parts(&self) -> [(&'static str, &Option<String>); 14] {
        [
            ("Dept", &self.department),
            ("SubDept", &self.sub_department),
            ("StrtNm", &self.street),
            ("BldgNb", &self.building_number),
            ("BldgNm", &self.building_name),
            ("Flr", &self.floor),
            ("PstBx", &self.post_box),
            ("Room", &self.room),
            ("PstCd", &self.post_code),
            ("TwnNm", &self.town),
            ("TwnLctnNm", &self.town_location),
            ("DstrctNm", &self.district),
            ("CtrySubDvsn", &self.subdivision),
            ("Ctry", &self.country),
        ]
    }

    fn parts_mut(&mut self) -> [(&'static str, &mut Option<String>); 14] {
        [
            ("Dept", &mut self.department),
            ("SubDept", &mut self.sub_department),
            ("StrtNm", &mut self.street),
            ("BldgNb", &mut self.building_number),
            ("BldgNm", &mut self.building_name),
            ("Flr", &mut self.floor),
            ("PstBx", &mut self.post_box),
            ("Room", &mut self.room),
            ("PstCd", &mut self.post_code),
            ("TwnNm", &mut self.town),
            ("TwnLctnNm", &mut self.town_location),
            ("DstrctNm", &mut self.district),
            ("CtrySubDvsn", &mut self.subdivision),
            ("Ctry", &mut self.country),
        ]
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.element("PstlAdr", |out| {
            for (name, text) in self.parts() {
                out.optional(name, text.as_deref());
            }
            for line in &self.lines {
                out.leaf(LINE, line);
            }
        });
    }
}

/// The identification of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountId {
    /// An IBAN with right check digits, as written.
    Iban(String),
    /// Any other account number, up to 34 characters.
    Other(String),
}

const ACCOUNT: Sequence =
    &[("Id", Once), ("Tp", Optional), ("Ccy", Optional), ("Nm", Optional), ("Prxy", Optional)];
const OTHER_ACCOUNT: Sequence = &[("Id", Once), ("SchmeNm", Optional), ("Issr", Optional)];

impl AccountId {
    /// The key under which a gateway may know this account: `IBAN:` in capitals, or `OTHR:` as is.
    pub fn identifier(&self) -> String {
        match self {
            Self::Iban(iban) => format!("IBAN:{}", iban.to_ascii_uppercase()),
            Self::Other(id) => format!("OTHR:{id}"),
        }
    }

    pub(crate) fn read(node: Node<'_>) -> Result<Self, Iso20022Error> {
        Self::read_id(node.sequence(ACCOUNT)?.need("Id")?)
    }

    /// The account that an `Id` names, whatever else stands beside it.
    pub(crate) fn read_id(id: Node<'_>) -> Result<Self, Iso20022Error> {
        let (chosen, name) = id.choice(&["IBAN", "Othr"])?;
        if name == "Othr" {
            return Ok(Self::Other(chosen.sequence(OTHER_ACCOUNT)?.need("Id")?.text(34)?));
        }
        let iban = chosen.simple()?;
        if is_iban(iban) {
            return Ok(Self::Iban(iban.to_owned()));
        }
        let (path, line) = chosen.place();
        Err(Iso20022Error::BadIban { path, line })
    }

    pub(crate) fn write(&self, name: &'static str, out: &mut Writer) {
        out.element(name, |out| self.write_id(out));
    }

    pub(crate) fn write_id(&self, out: &mut Writer) {
        out.element("Id", |out| match self {
            Self::Iban(iban) => out.leaf("IBAN", iban),
            Self::Other(id) => out.element("Othr", |out| out.leaf("Id", id)),
        });
    }
}

/// Up to five capital letters and digits, as the external code list writes them.
fn is_system_code(text: &str) -> bool {
    (1..=5).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn read_bic(node: Node<'_>) -> Result<String, Iso20022Error> {
    let text = node.simple()?;
    if is_bic(text) {
        return Ok(text.to_owned());
    }
    let (path, line) = node.place();
    Err(Iso20022Error::BadBic { path, line })
}

/// A BIC under its present or its former name, not both.
fn read_bic_named(
    node: &Node<'_>,
    [present, former]: [&'static str; 2],
) -> Result<Option<String>, Iso20022Error> {
    match (node.child(present), node.child(former)) {
        (Some(_), Some(second)) => Err(second.broken(SchemaRule::Repeated)),
        (Some(bic), None) | (None, Some(bic)) => read_bic(bic).map(Some),
        (None, None) => Ok(None),
    }
}

fn read_lei(node: Node<'_>) -> Result<String, Iso20022Error> {
    let text = node.simple()?;
    if is_lei(text) {
        return Ok(text.to_owned());
    }
    let (path, line) = node.place();
    Err(Iso20022Error::BadLei { path, line })
}

fn read_country(node: Node<'_>) -> Result<String, Iso20022Error> {
    node.checked(is_country, SchemaRule::NotACountry)
}
