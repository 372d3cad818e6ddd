#!/usr/bin/env bash
# Founds the network of compose.yaml below a folder: keys, cards, genesis, one config per process.
#
#   found.sh ROOT      FLORIN names the binary, `florin` if not set
#
# Every process gets a folder of its own with its own keys; `public` holds what everybody reads
# (genesis.json, the cards), `clients` the keys of the people and core systems that call gateways.
# Run again it changes nothing; after an attempt that ended early it goes on. All addresses are of
# 127.0.0.1: a process listens on nothing else as long as there is no TLS (docs/threat-model.md), so
# all of them share one network namespace.
#
# For a trial. Whoever founds a real network runs `florin keygen` at every institution by itself,
# sends cards, and never has two institutions' private keys on one machine (docs/runbook/found.md).
set -euo pipefail

root=${1:?usage: found.sh ROOT}
florin=${FLORIN:-florin}

validators=(validator-1 validator-2 validator-3 validator-4)
# Ports: 710n between validators, 720n ledger ports, 73nn gateways, 74nn the observer.
declare -A api=(
    [operator]=7301 [treasury]=7302 [custodian]=7303 [compliance]=7304
    [bank-a]=7311 [bank-b]=7312
)
# Invented institutions; their identifiers belong to nobody.
declare -A lei=(
    [operator]=ZZZZ00FLORINOPERAT77 [treasury]=ZZZZ00FLORINTREASU23
    [custodian]=ZZZZ00FLORINCUSTOD39 [compliance]=ZZZZ00FLORINCOMPLI66
    [bank-a]=ZZZZ00FLORINBANKA063 [bank-b]=ZZZZ00FLORINBANKB033
    [regulator]=ZZZZ00FLORINREGULA84
)
# Which key, of which roles, below which folder; two folders are two persons.
member="settlement gate compliance transport"
institution_keys=(
    "operator/keys/maker operator"
    "operator/keys/checker operator"
    "operator/keys/service transport"
    "treasury/keys/maker treasury"
    "treasury/keys/checker treasury"
    "treasury/keys/service transport"
    "custodian/keys/desk custodian"
    "custodian/keys/service transport"
    "compliance/keys/officer network_compliance"
    "compliance/keys/checker network_compliance"
    "compliance/keys/service transport"
    "regulator/keys regulator"
    "bank-a/keys $member"
    "bank-a/keys/admin-1 admin"
    "bank-a/keys/admin-2 admin"
    "bank-b/keys $member"
    "bank-b/keys/admin-1 admin"
    "bank-b/keys/admin-2 admin"
)
# Who calls which process as what.
clients=(
    "operator-maker operator operator_maker" "operator-checker operator operator_checker"
    "treasury-maker treasury treasury_maker" "treasury-checker treasury treasury_checker"
    "custodian-core custodian custodian"
    "compliance-officer compliance network_compliance"
    "compliance-checker compliance network_compliance_checker"
    "bank-a-core bank-a operations" "bank-a-compliance bank-a compliance"
    "bank-b-core bank-b operations" "bank-b-compliance bank-b compliance"
    "bank-a-admin bank-a administrator" "bank-b-admin bank-b administrator"
    "regulator-auditor regulator auditor"
)

# Keys into a folder. The card is written last: keys without one belong to nobody.
keygen() { # folder option...
    local folder=$1
    shift
    [ ! -f "$folder/card.json" ] || return 0
    rm -rf "$folder"
    "$florin" keygen --out "$folder" "$@" >/dev/null
}

# A file that is whole or absent.
put() { # path < text
    local unfinished=$1.new
    cat >"$unfinished"
    mv "$unfinished" "$1"
}

make_keys() {
    local name line folder roles role arguments client process
    for name in "${validators[@]}"; do
        mkdir -p "$root/$name"
        keygen "$root/$name/keys" --kind validator --name "$name"
    done
    for line in "${institution_keys[@]}"; do
        read -r folder roles <<<"$line"
        arguments=()
        for role in $roles; do arguments+=(--role "$role"); done
        mkdir -p "$root/${folder%%/*}"
        keygen "$root/$folder" --kind institution --lei "${lei[${folder%%/*}]}" "${arguments[@]}"
    done
    for line in "${clients[@]}"; do
        read -r client process _ <<<"$line"
        keygen "$root/clients/$client" --kind institution --lei "${lei[$process]}" --role transport
    done
}

# A member of the first hour, as genesis names it: its desk's card, then those of its administrators.
directory_entry() { # name
    jq -s --arg endpoint "http://127.0.0.1:${api[$1]}" '.[0] as $card | {
        lei: $card.lei, aliases: [], endpoint: $endpoint, encryption: $card.encryption,
        keys: [.[].keys[] + {organisation: $card.lei}] | sort_by(.key)
    }' "$root/$1/keys/card.json" "$root/$1/keys/admin-1/card.json" "$root/$1/keys/admin-2/card.json"
}

found() {
    local cards=() name line folder
    mkdir -p "$root/public"
    for name in "${validators[@]}"; do cards+=("$root/$name/keys/card.json"); done
    for line in "${institution_keys[@]}"; do
        read -r folder _ <<<"$line"
        case $folder in bank-*) ;; *) cards+=("$root/$folder/card.json") ;; esac
    done
    jq -n --arg issuer "${lei[treasury]}" \
        --argjson a "$(directory_entry bank-a)" --argjson b "$(directory_entry bank-b)" '{
        name: "florin-compose",
        currencies: [{code: "USD", scale: 2, issuer: $issuer}],
        members: [$a, $b]
    }' | put "$root/public/params.json"
    "$florin" genesis "${cards[@]}" --params "$root/public/params.json" \
        --out "$root/public/genesis.json"
}

ledger_ports='"http://127.0.0.1:7201", "http://127.0.0.1:7202", "http://127.0.0.1:7203", "http://127.0.0.1:7204"'

clients_of() { # process
    local line client process role
    for line in "${clients[@]}"; do
        read -r client process role <<<"$line"
        [ "$process" = "$1" ] || continue
        printf '\n[[clients]]\nkey = "%s"\nname = "%s"\nroles = ["%s"]\n' \
            "$(jq -r '.keys[0].key' "$root/clients/$client/card.json")" "$client" "$role"
    done
}

validator_config() { # number name
    local n
    printf 'role = "validator"\ngenesis = "../public/genesis.json"\ndata = "data"\n'
    printf '\n[p2p]\nlisten = "127.0.0.1:710%s"\n\n[p2p.peers]\n' "$1"
    for n in 1 2 3 4; do
        printf '%s = "127.0.0.1:710%s"\n' \
            "$(jq -r .identity "$root/validator-$n/keys/card.json")" "$n"
    done
    printf '\n[ledger_port]\nlisten = "127.0.0.1:720%s"\n' "$1"
    printf '\n[signers.identity]\nfile = "keys/identity.key"\n'
    printf '\n[signers.vote]\nfile = "keys/vote.key"\n'
}

# Which keys a gateway holds: purpose and file.
signers_of() { # name
    case $1 in
        operator) echo "operator_maker:maker/operator operator_checker:checker/operator" ;;
        treasury) echo "treasury_maker:maker/treasury treasury_checker:checker/treasury" ;;
        custodian) echo "custodian:desk/custodian" ;;
        compliance) echo "network_compliance:officer/network_compliance" \
            "network_compliance_checker:checker/network_compliance" ;;
        *) echo "settlement:settlement gate:gate compliance:compliance" ;;
    esac
}

gateway_config() { # name
    local signer role=$1 service=service/
    case $1 in bank-*) role=member service= ;; esac
    printf 'role = "gateway"\ngenesis = "../public/genesis.json"\ndata = "data"\n'
    printf '\n[api]\nlisten = "127.0.0.1:%s"\n' "${api[$1]}"
    printf '\n[ledger_port]\nvalidators = [%s]\n' "$ledger_ports"
    printf '\n[institution]\nlei = "%s"\nroles = ["%s"]\nclearing_systems = ["FLORIN"]\n' \
        "${lei[$1]}" "$role"
    for signer in $(signers_of "$1") "transport:${service}transport" "encryption:${service}encryption"; do
        printf '\n[signers.%s]\nfile = "keys/%s.key"\n' "${signer%%:*}" "${signer#*:}"
    done
    clients_of "$1"
}

observer_config() {
    printf 'role = "observer"\ngenesis = "../public/genesis.json"\ndata = "data"\n'
    printf '\n[ledger_port]\nlisten = "127.0.0.1:7401"\nvalidators = [%s]\n' "$ledger_ports"
    printf '\n[api]\nlisten = "127.0.0.1:7402"\n'
    printf '\n[signers.regulator]\nfile = "keys/regulator.key"\n'
    clients_of regulator
}

make_configs() {
    local n name
    for n in 1 2 3 4; do
        [ -f "$root/validator-$n/config.toml" ] ||
            validator_config "$n" | put "$root/validator-$n/config.toml"
    done
    for name in "${!api[@]}"; do
        [ -f "$root/$name/config.toml" ] || gateway_config "$name" | put "$root/$name/config.toml"
    done
    [ -f "$root/regulator/config.toml" ] || observer_config | put "$root/regulator/config.toml"
}

# Once there is a genesis, no key is made or removed any more.
if [ ! -f "$root/public/genesis.json" ]; then
    make_keys
    found
fi
make_configs
echo "founded: $root"
