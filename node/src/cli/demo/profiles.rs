//! A profile for every client of a bank, so that `florin pay` and its like reach the demo's network.

use std::{fs, path::Path};

use florin_client::Party;

use super::{
    DemoError,
    cast::{Cast, Customer, Plot},
    network::{BANKS, CLIENTS, key_file},
    tell::write as write_file,
};
use crate::cli::{child::Process, input, member::profile::Profile};

/// Folder of the profiles.
pub(super) const FOLDER: &str = "profiles";

/// Writes `profiles/bank-a.toml` for the core system of bank A, `bank-a-compliance.toml` for its
/// compliance, and so on.
pub(super) fn write(
    folder: &Path,
    cast: &Cast,
    plot: &Plot,
    gateways: &[Process],
    tls: bool,
) -> Result<(), DemoError> {
    let profiles = folder.join(FOLDER);
    fs::create_dir_all(&profiles).map_err(DemoError::io(FOLDER))?;
    let network = input::genesis(&folder.join("genesis.json"))?.chain_id().to_hex();
    let banks = [
        (cast.bank_a, Some(&plot.debtor)),
        (cast.bank_b, Some(&plot.creditor)),
        (cast.bank_c, None),
    ];
    for (bank, (member, customer)) in BANKS.into_iter().zip(banks) {
        let url = gateways.iter().find(|gateway| gateway.name == bank);
        let key = key_file(folder, bank, cast, "transport")?;
        let key = tls.then(|| key.to_hex());
        for (client, ..) in CLIENTS.iter().filter(|(_, of, _)| *of == bank) {
            let profile = Profile {
                gateway: url.map(|gateway| gateway.url.clone()),
                member: Some(member.to_string()),
                key: Some(format!("../clients/{client}.pem").into()),
                trust: Some("../genesis.json".into()),
                server_key: key.clone(),
                server_roots: None,
                network: Some(network.clone()),
                payer: customer.map(party),
            };
            let text = toml::to_string(&profile)
                .map_err(|error| DemoError::unexpected(*client, error.to_string()))?;
            let name = client.strip_suffix("-core").unwrap_or(client);
            write_file(&profiles.join(format!("{name}.toml")), text.as_bytes())?;
        }
    }
    Ok(())
}

fn party(customer: &Customer) -> Party {
    let number = Some(customer.number.clone());
    let (iban, account) = if customer.field == "iban" { (number, None) } else { (None, number) };
    Party { name: customer.name.clone(), iban, account }
}
