#!/usr/bin/env bash
# Founds the network of compose.yaml below a folder: keys, cards, genesis, one config per process.
#
#   found.sh ROOT      FLORIN names the binary, `florin` if not set
#
# Every process gets a folder of its own with its own keys; `public` holds what everybody reads
# (genesis.json, servers.json: where each process is and by which key it is known), `clients` the keys of
# the people and core systems that call gateways, with a profile for each of a bank's. Run again it
# changes nothing; after an attempt that ended early it goes on.
#
# All of them speak TLS and know each other by their keys. NETWORK is what they share, a /24 of which
# each has the address below; gateways are reached by name.
#
# For a trial. Whoever founds a real network runs `florin keygen` at every institution by itself,
# sends cards, and never has two institutions' private keys on one machine (docs/runbook/found.md).
set -euo pipefail

root=${1:?usage: found.sh ROOT}
florin=${FLORIN:-florin}
net=${NETWORK:-172.28.77}
domain=florin.example

validators=(validator-1 validator-2 validator-3 validator-4)
# Ports: 710n between validators, 720n ledger ports, 73nn gateways, 74nn the observer. The last part of
# a validator's address is 10 and its number (compose.yaml says the same).
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

# The public key that a process shows.
shown_key() { # name
    case $1 in
        validator-*) jq -r .identity "$root/$1/keys/card.json" ;;
        regulator) jq -r '.keys[0].key' "$root/$1/keys/card.json" ;;
        bank-*) jq -r '.keys[] | select(.role == "transport").key' "$root/$1/keys/card.json" ;;
        *) jq -r '.keys[0].key' "$root/$1/keys/service/card.json" ;;
    esac
}

# Where each process is, under which key.
servers() {
    local n name
    {
        for n in 1 2 3 4; do
            echo "validator-$n https://validator-$n.$domain:720$n $(shown_key "validator-$n")"
        done
        for name in "${!api[@]}"; do
            echo "$name https://$name.$domain:${api[$name]} $(shown_key "$name")"
        done
        echo "regulator https://regulator.$domain:7402 $(shown_key regulator)"
    } | jq -nR '[inputs | split(" ") | {key: .[0], value: {url: .[1], key: .[2]}}] | from_entries'
}

# A member of the first hour, as genesis names it: its desk's card, then those of its administrators.
directory_entry() { # name
    jq -s --arg endpoint "https://$1.$domain:${api[$1]}" '.[0] as $card | {
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
    servers | put "$root/public/servers.json"
    "$florin" genesis "${cards[@]}" --params "$root/public/params.json" \
        --out "$root/public/genesis.json"
}

ledger_ports() {
    local n urls=""
    for n in 1 2 3 4; do urls+="\"https://validator-$n.$domain:720$n\", "; done
    echo "${urls%, }"
}

clients_of() { # process
    local line client process role
    for line in "${clients[@]}"; do
        read -r client process role <<<"$line"
        [ "$process" = "$1" ] || continue
        printf '\n[[clients]]\nkey = "%s"\nname = "%s"\nroles = ["%s"]\n' \
            "$(jq -r '.keys[0].key' "$root/clients/$client/card.json")" "$client" "$role"
    done
}

validator_config() { # number
    local n
    printf 'role = "validator"\ngenesis = "../public/genesis.json"\ndata = "data"\n'
    printf '\n[p2p]\nlisten = "0.0.0.0:710%s"\n\n[p2p.peers]\n' "$1"
    for n in 1 2 3 4; do
        printf '%s = "%s.1%s:710%s"\n' "$(shown_key "validator-$n")" "$net" "$n" "$n"
    done
    printf '\n[ledger_port]\nlisten = "0.0.0.0:720%s"\n' "$1"
    printf '\n[signers.identity]\nfile = "keys/identity.key"\n'
    printf '\n[signers.vote]\nfile = "keys/vote.key"\n\n[tls]\n'
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
    printf '\n[api]\nlisten = "0.0.0.0:%s"\n' "${api[$1]}"
    printf '\n[ledger_port]\nvalidators = [%s]\n' "$(ledger_ports)"
    printf '\n[institution]\nlei = "%s"\nroles = ["%s"]\nclearing_systems = ["FLORIN"]\n' \
        "${lei[$1]}" "$role"
    printf 'shared_networks = ["%s.0/24"]\n' "$net"
    for signer in $(signers_of "$1") "transport:${service}transport" "encryption:${service}encryption"; do
        printf '\n[signers.%s]\nfile = "keys/%s.key"\n' "${signer%%:*}" "${signer#*:}"
    done
    clients_of "$1"
    printf '\n[tls]\n'
}

observer_config() {
    printf 'role = "observer"\ngenesis = "../public/genesis.json"\ndata = "data"\n'
    printf '\n[ledger_port]\nlisten = "0.0.0.0:7401"\nvalidators = [%s]\n' "$(ledger_ports)"
    printf '\n[api]\nlisten = "0.0.0.0:7402"\n'
    printf '\n[signers.regulator]\nfile = "keys/regulator.key"\n'
    clients_of regulator
    printf '\n[tls]\n'
}

# What `florin pay` and its like need to know, for a client of a bank.
profile() { # client process
    jq -r --arg process "$2" '.[$process] | "gateway = \"\(.url)\"\nserver_key = \"\(.key)\""' \
        "$root/public/servers.json"
    printf 'member = "%s"\nkey = "transport.key"\ntrust = "../../public/genesis.json"\n' "${lei[$2]}"
}

make_configs() {
    local n name line client process
    for n in 1 2 3 4; do
        [ -f "$root/validator-$n/config.toml" ] ||
            validator_config "$n" | put "$root/validator-$n/config.toml"
    done
    for name in "${!api[@]}"; do
        [ -f "$root/$name/config.toml" ] || gateway_config "$name" | put "$root/$name/config.toml"
    done
    [ -f "$root/regulator/config.toml" ] || observer_config | put "$root/regulator/config.toml"
    for line in "${clients[@]}"; do
        read -r client process _ <<<"$line"
        case $process in bank-*) ;; *) continue ;; esac
        [ -f "$root/clients/$client/profile.toml" ] ||
            profile "$client" "$process" | put "$root/clients/$client/profile.toml"
    done
}

# Once there is a genesis, no key is made or removed any more.
if [ ! -f "$root/public/genesis.json" ]; then
    make_keys
    found
fi
make_configs
echo "founded: $root"
