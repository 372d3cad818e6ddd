//! Statements and reports about an account.

use crate::party::CurrencyAmount;
use crate::purpose::Purpose;
use crate::remittance::Structured;

part! {
    /// A day of one account, with its balances.
    Camt053 {
        /// 1 to 35 characters.
        msg_id: String = "GrpHdr/MsgId",
        /// As written.
        created: String = "GrpHdr/CreDtTm",
        /// 1 to 35 characters.
        id: String = "Stmt/Id",
        /// The number of the page.
        page: Option<String> = "Stmt/StmtPgntn/PgNb",
        /// Whether it is the last page.
        last_page: Option<String> = "Stmt/StmtPgntn/LastPgInd",
        /// The number of the statement.
        sequence: Option<String> = "Stmt/ElctrncSeqNb",
        /// From when.
        from: Option<String> = "Stmt/FrToDt/FrDtTm",
        /// To when.
        to: Option<String> = "Stmt/FrToDt/ToDtTm",
        /// IBAN of the account.
        iban: Option<String> = "Stmt/Acct/Id/IBAN",
        /// Another number of the account.
        other_account: Option<String> = "Stmt/Acct/Id/Othr/Id",
        /// The account's currency.
        currency: Option<String> = "Stmt/Acct/Ccy",
        /// BIC of the bank that keeps the account.
        servicer: Option<String> = "Stmt/Acct/Svcr/FinInstnId/BICFI",
        /// The balances.
        balances: Vec<Balance> = "Stmt/Bal",
        /// What was booked.
        entries: Vec<Line> = "Stmt/Ntry",
        /// LEI of the bank that keeps the account.
        servicer_lei: Option<String> = "Stmt/Acct/Svcr/FinInstnId/LEI",
        /// More about it, in words.
        information: Option<String> = "Stmt/AddtlStmtInf",
    }
    always {}
}
view!(Camt053 = "camt.053.001.08", one of &["Stmt"]);

part! {
    /// What happened on one account since the last report of the day.
    Camt052 {
        /// 1 to 35 characters.
        msg_id: String = "GrpHdr/MsgId",
        /// As written.
        created: String = "GrpHdr/CreDtTm",
        /// 1 to 35 characters.
        id: String = "Rpt/Id",
        /// The number of the page.
        page: Option<String> = "Rpt/RptPgntn/PgNb",
        /// Whether it is the last page.
        last_page: Option<String> = "Rpt/RptPgntn/LastPgInd",
        /// IBAN of the account.
        iban: Option<String> = "Rpt/Acct/Id/IBAN",
        /// Another number of the account.
        other_account: Option<String> = "Rpt/Acct/Id/Othr/Id",
        /// The account's currency.
        currency: Option<String> = "Rpt/Acct/Ccy",
        /// BIC of the bank that keeps the account.
        servicer: Option<String> = "Rpt/Acct/Svcr/FinInstnId/BICFI",
        /// The balances.
        balances: Vec<Balance> = "Rpt/Bal",
        /// What was booked or is expected.
        entries: Vec<Line> = "Rpt/Ntry",
        /// LEI of the bank that keeps the account.
        servicer_lei: Option<String> = "Rpt/Acct/Svcr/FinInstnId/LEI",
        /// More about it, in words.
        information: Option<String> = "Rpt/AddtlRptInf",
        /// From when.
        from: Option<String> = "Rpt/FrToDt/FrDtTm",
        /// To when.
        to: Option<String> = "Rpt/FrToDt/ToDtTm",
    }
    always {}
}
view!(Camt052 = "camt.052.001.08", one of &["Rpt"]);

part! {
    /// One balance.
    Balance {
        /// Such as `OPBD` or `CLBD`.
        code: Option<String> = "Tp/CdOrPrtry/Cd",
        /// A name of the bank's own.
        proprietary: Option<String> = "Tp/CdOrPrtry/Prtry",
        /// `INTM` where it is that of a page and not of the whole.
        subtype: Option<String> = "Tp/SubTp/Cd",
        /// How much.
        amount: CurrencyAmount = "Amt",
        /// `CRDT` or `DBIT`.
        direction: String = "CdtDbtInd",
        /// On which day.
        date: Option<String> = "Dt/Dt",
        /// At which instant.
        instant: Option<String> = "Dt/DtTm",
    }
    always {}
}

part! {
    /// One entry.
    Line {
        /// 1 to 35 characters.
        reference: Option<String> = "NtryRef",
        /// How much.
        amount: CurrencyAmount = "Amt",
        /// `CRDT` or `DBIT`.
        direction: String = "CdtDbtInd",
        /// `BOOK`, `PDNG`, `INFO` or another code of the list.
        status: Option<String> = "Sts/Cd",
        /// The day of booking.
        booked: Option<String> = "BookgDt/Dt",
        /// The day from which it counts for interest.
        value: Option<String> = "ValDt/Dt",
        /// The bank's own reference.
        servicer_reference: Option<String> = "AcctSvcrRef",
        /// Such as `PMNT`.
        domain: Option<String> = "BkTxCd/Domn/Cd",
        /// Such as `RCDT`.
        family: Option<String> = "BkTxCd/Domn/Fmly/Cd",
        /// Such as `ESCT`.
        sub_family: Option<String> = "BkTxCd/Domn/Fmly/SubFmlyCd",
        /// A code of the bank's own.
        proprietary: Option<String> = "BkTxCd/Prtry/Cd",
        /// Of the first payment inside.
        end_to_end_id: Option<String> = "NtryDtls/TxDtls/Refs/EndToEndId",
        /// The account owner's own reference of what is booked.
        owner_reference: Option<String> = "NtryDtls/TxDtls/Refs/AcctOwnrTxId",
        /// Of the first payment inside.
        uetr: Option<String> = "NtryDtls/TxDtls/Refs/UETR",
        /// Of the first payment inside.
        instruction_id: Option<String> = "NtryDtls/TxDtls/Refs/InstrId",
        /// Of the first payment inside.
        tx_id: Option<String> = "NtryDtls/TxDtls/Refs/TxId",
        /// Who pays.
        debtor: Option<String> = "NtryDtls/TxDtls/RltdPties/Dbtr/Pty/Nm",
        /// On whose behalf is paid.
        ultimate_debtor: Option<String> = "NtryDtls/TxDtls/RltdPties/UltmtDbtr/Pty/Nm",
        /// Who is paid.
        creditor: Option<String> = "NtryDtls/TxDtls/RltdPties/Cdtr/Pty/Nm",
        /// Who is paid in the end.
        ultimate_creditor: Option<String> = "NtryDtls/TxDtls/RltdPties/UltmtCdtr/Pty/Nm",
        /// What for, as a code or a name.
        purpose: Option<Purpose> = "NtryDtls/TxDtls/Purp",
        /// What for, in lines.
        remittance: Vec<String> = "NtryDtls/TxDtls/RmtInf/Ustrd",
        /// What for, in references.
        structured: Vec<Structured> = "NtryDtls/TxDtls/RmtInf/Strd",
    }
    always {}
}
