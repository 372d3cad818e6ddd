//! Investigations: what one agent asks another about a payment, and what it is answered.

use crate::party::CurrencyAmount;

part! {
    /// A question about a payment.
    Camt110 {
        /// 1 to 35 characters.
        msg_id: String = "InvstgtnReq/MsgId",
        /// The requester's own identification of the investigation.
        requester_case: Option<String> = "InvstgtnReq/RqstrInvstgtnId",
        /// The responder's, in a message about an investigation that exists.
        responder_case: Option<String> = "InvstgtnReq/RspndrInvstgtnId",
        /// What is asked to be done with an investigation that exists.
        action: Option<String> = "InvstgtnReq/ReqActn/Actn/Cd",
        /// The same by a name of one's own.
        action_name: Option<String> = "InvstgtnReq/ReqActn/Actn/Prtry",
        /// What is asked, as a code of the external list.
        kind: Option<String> = "InvstgtnReq/InvstgtnTp/Cd",
        /// The same by a name of one's own.
        kind_name: Option<String> = "InvstgtnReq/InvstgtnTp/Prtry",
        /// More closely, as a code of the external list.
        topic: Option<String> = "InvstgtnReq/InvstgtnSubTp/Cd",
        /// The message that brought the payment.
        original_msg_id: Option<String> = "InvstgtnReq/Undrlyg/IntrBk/OrgnlGrpInf/OrgnlMsgId",
        /// Its name and version.
        original_message: Option<String> = "InvstgtnReq/Undrlyg/IntrBk/OrgnlGrpInf/OrgnlMsgNmId",
        /// When it was made, as written.
        original_created: Option<String> = "InvstgtnReq/Undrlyg/IntrBk/OrgnlGrpInf/OrgnlCreDtTm",
        /// As the payment said.
        original_instruction_id: Option<String> = "InvstgtnReq/Undrlyg/IntrBk/OrgnlInstrId",
        /// As the payment said.
        original_end_to_end_id: Option<String> = "InvstgtnReq/Undrlyg/IntrBk/OrgnlEndToEndId",
        /// As the payment said.
        original_tx_id: Option<String> = "InvstgtnReq/Undrlyg/IntrBk/OrgnlTxId",
        /// As the payment said.
        original_uetr: Option<String> = "InvstgtnReq/Undrlyg/IntrBk/OrgnlUETR",
        /// What the payment settles.
        original_amount: Option<CurrencyAmount> = "InvstgtnReq/Undrlyg/IntrBk/OrgnlIntrBkSttlmAmt",
        /// The payment, where it is named by the order that began it.
        initiation_uetr: Option<String> = "InvstgtnReq/Undrlyg/Initn/OrgnlUETR",
        /// BIC of the agent that asks.
        requester: Option<String> = "InvstgtnReq/Rqstr/Agt/FinInstnId/BICFI",
        /// Its clearing system, by its code.
        requester_system: Option<String> = "InvstgtnReq/Rqstr/Agt/FinInstnId/ClrSysMmbId/ClrSysId/Cd",
        /// Its identification there.
        requester_member: Option<String> = "InvstgtnReq/Rqstr/Agt/FinInstnId/ClrSysMmbId/MmbId",
        /// Its LEI.
        requester_lei: Option<String> = "InvstgtnReq/Rqstr/Agt/FinInstnId/LEI",
        /// BIC of the agent that is asked.
        responder: Option<String> = "InvstgtnReq/Rspndr/Agt/FinInstnId/BICFI",
        /// Its clearing system, by its code.
        responder_system: Option<String> = "InvstgtnReq/Rspndr/Agt/FinInstnId/ClrSysMmbId/ClrSysId/Cd",
        /// Its identification there.
        responder_member: Option<String> = "InvstgtnReq/Rspndr/Agt/FinInstnId/ClrSysMmbId/MmbId",
        /// Its LEI.
        responder_lei: Option<String> = "InvstgtnReq/Rspndr/Agt/FinInstnId/LEI",
        /// What exactly.
        asked: Vec<InvestigationQuestion> = "InvstgtnData",
    }
    always {}
}
view!(Camt110 = "camt.110.001.01", one of &["InvstgtnReq"]);

part! {
    /// One question of an investigation.
    InvestigationQuestion {
        /// Why, as a code of the external list.
        reason: Option<String> = "Rsn/Cd",
        /// The same by a name of one's own.
        reason_name: Option<String> = "Rsn/Prtry",
        /// What exactly, as a code of the external list.
        part: Option<String> = "RsnSubTp/Cd",
        /// The same by a name of one's own.
        part_name: Option<String> = "RsnSubTp/Prtry",
        /// In words, up to 500 characters.
        narrative: Option<String> = "AddtlReqData/ReqNrrtv",
        /// Documents.
        files: Vec<EnclosedFile> = "NclsdFile",
    }
    always {}
}

part! {
    /// A document in a message.
    EnclosedFile {
        /// What it is, as a code of the external list.
        kind: Option<String> = "Tp/Cd",
        /// The same by a name of one's own.
        kind_name: Option<String> = "Tp/Prtry/Id",
        /// 1 to 35 characters.
        id: String = "Id",
        /// The day of its issue.
        issued: Option<String> = "IsseDt/Dt",
        /// The instant of its issue.
        issued_at: Option<String> = "IsseDt/DtTm",
        /// Its name.
        name: Option<String> = "Nm",
        /// Its format, as a code of the external list.
        format: Option<String> = "Frmt/Cd",
        /// The same by a name of one's own: Florin writes the media type.
        format_name: Option<String> = "Frmt/Prtry/Id",
        /// The name of its file.
        file_name: Option<String> = "FileNm",
        /// Its bytes, in base64.
        content: String = "Nclsr",
    }
    always {}
}

part! {
    /// What an agent answers to a question about a payment.
    Camt111 {
        /// 1 to 35 characters.
        msg_id: String = "InvstgtnRspn/MsgId",
        /// The responder's own identification of the investigation.
        responder_case: Option<String> = "InvstgtnRspn/RspndrInvstgtnId",
        /// `CLSD`, `PDNG` or `RJCT`.
        status: String = "InvstgtnRspn/InvstgtnSts/Sts",
        /// Why, as a code of the external list.
        status_reason: Option<String> = "InvstgtnRspn/InvstgtnSts/StsRsn/Cd",
        /// The same by a name of one's own.
        status_reason_name: Option<String> = "InvstgtnRspn/InvstgtnSts/StsRsn/Prtry",
        /// What is answered.
        given: Vec<InvestigationAnswer> = "InvstgtnRspn/InvstgtnData",
        /// The question's message.
        original_msg_id: String = "OrgnlInvstgtnReq/MsgId",
        /// The requester's own identification of the investigation.
        requester_case: Option<String> = "OrgnlInvstgtnReq/RqstrInvstgtnId",
        /// What was asked, as a code of the external list.
        kind: Option<String> = "OrgnlInvstgtnReq/InvstgtnTp/Cd",
        /// More closely, as a code of the external list.
        topic: Option<String> = "OrgnlInvstgtnReq/InvstgtnSubTp/Cd",
        /// The payment, where it is named again.
        original_uetr: Option<String> = "OrgnlInvstgtnReq/Undrlyg/IntrBk/OrgnlUETR",
        /// BIC of the agent that asked.
        requester: Option<String> = "OrgnlInvstgtnReq/Rqstr/Agt/FinInstnId/BICFI",
        /// Its clearing system, by its code.
        requester_system: Option<String> = "OrgnlInvstgtnReq/Rqstr/Agt/FinInstnId/ClrSysMmbId/ClrSysId/Cd",
        /// Its identification there.
        requester_member: Option<String> = "OrgnlInvstgtnReq/Rqstr/Agt/FinInstnId/ClrSysMmbId/MmbId",
        /// Its LEI.
        requester_lei: Option<String> = "OrgnlInvstgtnReq/Rqstr/Agt/FinInstnId/LEI",
        /// BIC of the agent that was asked.
        responder: Option<String> = "OrgnlInvstgtnReq/Rspndr/Agt/FinInstnId/BICFI",
        /// Its clearing system, by its code.
        responder_system: Option<String> = "OrgnlInvstgtnReq/Rspndr/Agt/FinInstnId/ClrSysMmbId/ClrSysId/Cd",
        /// Its identification there.
        responder_member: Option<String> = "OrgnlInvstgtnReq/Rspndr/Agt/FinInstnId/ClrSysMmbId/MmbId",
        /// Its LEI.
        responder_lei: Option<String> = "OrgnlInvstgtnReq/Rspndr/Agt/FinInstnId/LEI",
    }
    always {}
}
view!(Camt111 = "camt.111.001.01", one of &["InvstgtnRspn", "OrgnlInvstgtnReq"]);

part! {
    /// One answer of an investigation.
    InvestigationAnswer {
        /// The question's reason, as a code of the external list.
        reason: Option<String> = "OrgnlInvstgtnRsn/Cd",
        /// The same by a name of one's own.
        reason_name: Option<String> = "OrgnlInvstgtnRsn/Prtry",
        /// What exactly was asked, as a code of the external list.
        part: Option<String> = "OrgnlInvstgtnRsnSubTp/Cd",
        /// The same by a name of one's own.
        part_name: Option<String> = "OrgnlInvstgtnRsnSubTp/Prtry",
        /// In words, up to 500 characters.
        narrative: Option<String> = "RspnData/RspnNrrtv",
        /// Documents.
        files: Vec<EnclosedFile> = "NclsdFile",
    }
    always {}
}
