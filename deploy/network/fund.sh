#!/usr/bin/env bash
# Gives the two banks of compose.yaml accounts, customers and money, by what each institution does in
# earnest: two operators open, the custodian books and attests, two treasurers mint.
#
#   fund.sh      afterwards bank A has 10,000.00 USD, and both banks a customer
#
# Run again it gives nothing. For a trial: it calls as everybody.
set -euo pipefail

amount=10000.00
reserve_number=RESERVE-0001

# Answers that are as expected are nobody's news.
exec 2> >(grep --line-buffered -v "^HTTP 200" >&2)

say() { printf '%s\n' "$*" >&2; }

# Posts JSON that must be applied; prints the answer.
post() { # client process path json
    printf '%s' "$4" | florin-call "$1" POST "$2" "$3" --prefer wait=30 --data -
}

field() { # json filter
    jq -er "$2" <<<"$1"
}

# A second person reads a proposal and says yes to exactly what it read.
approve() { # client process proposed
    local id read
    id=$(field "$3" .command_id)
    read=$(florin-call "$1" GET "$2" "/v1/proposals/$id")
    post "$1" "$2" "/v1/proposals/$id/approve" "$(jq -c '{content}' <<<"$read")" >/dev/null
}

# Two operators; prints what was answered to the proposal.
govern() { # json
    local proposed
    proposed=$(post operator-maker operator /v1/proposals "$1")
    approve operator-checker operator "$proposed"
    printf '%s' "$proposed"
}

lei() { jq -er --arg name "$1" '.[$name].lei' <<<"$members"; }

members=$(jq '[.members[] | {key: (.endpoint | sub("https://"; "") | split(".")[0]), value: .}] | from_entries' \
    /network/public/params.json)
accounts=$(florin-call bank-a-core GET bank-a /v1/accounts)
if [ "$(jq length <<<"$accounts")" -gt 0 ]; then
    say "there are accounts already: nothing is done"
    exit 0
fi

say "1/5 two operators open an account for each bank and register the reserve account"
for bank in bank-a bank-b; do
    govern "{\"action\":\"open_account\",\"member\":\"$(lei "$bank")\",\"currency\":\"USD\"}" >/dev/null
done
custodian=ZZZZ00FLORINCUSTOD39
registered=$(govern "{\"action\":\"register_reserve\",\"custodian\":\"$custodian\",\"currency\":\"USD\",\"number\":\"$reserve_number\",\"class\":\"custodian\"}")
reserve=$(field "$registered" .drawn.reserve)
post custodian-core custodian /v1/reserves \
    "{\"currency\":\"USD\",\"number\":\"$reserve_number\",\"salt\":$(jq .drawn.salt <<<"$registered")}" >/dev/null

say "2/5 each bank's compliance gives a customer standing"
post bank-a-compliance bank-a /v1/customers \
    '{"name":"Alder Instruments Ltd","account":"A-1001","level":"full","valid_days":365}' >/dev/null
post bank-b-compliance bank-b /v1/customers \
    '{"name":"Birch Marine GmbH","account":"B-2001","level":"full","valid_days":365}' >/dev/null

say "3/5 bank A asks for $amount USD; the custodian books them and vouches for the balance"
asked=$(post bank-a-core bank-a /v1/mint-requests \
    "{\"amount\":\"$amount\",\"currency\":\"USD\",\"reserve\":\"$reserve\",\"reference\":\"FUND-0001\"}")
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
florin-call custodian-core POST custodian /v1/notifications --prefer wait=30 \
    --content-type application/xml --data - >/dev/null <<XML
<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>
<GrpHdr><MsgId>CUST-0001</MsgId><CreDtTm>$now</CreDtTm></GrpHdr>
<Ntfctn><Id>CUST-0001</Id><Acct><Id><Othr><Id>$reserve_number</Id></Othr></Id><Ccy>USD</Ccy>
<Svcr><FinInstnId><LEI>$custodian</LEI></FinInstnId></Svcr></Acct>
<Ntry><Amt Ccy="USD">$amount</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<AcctSvcrRef>CUST-0001</AcctSvcrRef><BkTxCd><Prtry><Cd>RESERVE</Cd></Prtry></BkTxCd>
<NtryDtls><TxDtls><Refs><AcctSvcrRef>CUST-0001</AcctSvcrRef></Refs>
<Amt Ccy="USD">$amount</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<RltdAgts><DbtrAgt><FinInstnId><LEI>$(lei bank-a)</LEI></FinInstnId></DbtrAgt>
<CdtrAgt><FinInstnId><LEI>$custodian</LEI></FinInstnId></CdtrAgt></RltdAgts>
<RmtInf><Ustrd>FUND-0001</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry></Ntfctn>
</BkToCstmrDbtCdtNtfctn></Document>
XML
post custodian-core custodian /v1/attestations \
    "{\"reserve\":\"$reserve\",\"balance\":\"$amount\",\"available\":\"$amount\"}" >/dev/null

say "4/5 two treasurers mint"
proposed=$(post treasury-maker treasury "/v1/mint-orders/$(field "$asked" .command_id)/propose" '{}')
approve treasury-checker treasury "$proposed"

say "5/5 bank A looks at its account"
for _ in $(seq 100); do
    accounts=$(florin-call bank-a-core GET bank-a /v1/accounts)
    if [ "$(jq -r '.[0].available' <<<"$accounts")" = "$amount" ]; then
        say "bank A has $amount USD. A payment:"
        say "  florin pay 12.50 USD --profile /network/clients/bank-a-core/profile.toml \\"
        say "    --from 'Alder Instruments Ltd' --from-account A-1001 \\"
        say "    --to 'Birch Marine GmbH' --to-account B-2001 --to-bank $(lei bank-b)"
        exit 0
    fi
    sleep 0.2
done
say "bank A has: $accounts"
exit 1
