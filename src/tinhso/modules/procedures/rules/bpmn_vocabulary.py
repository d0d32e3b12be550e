"""The elements of BPMN 2.0: which mean something for an inner route, which are refused and why, which are passed over."""

from __future__ import annotations

TASKS = {"userTask", "task", "manualTask"}
REFUSED = {
    "scriptTask": "việc chạy mã lệnh (script task) không được nhận; mã lệnh không bao giờ được chạy. Hãy đổi thành việc của người (user task) hoặc bỏ",
    "serviceTask": "việc gọi máy (service task) không được nhận. Hãy đổi thành việc của người (user task) hoặc bỏ",
    "sendTask": "việc gửi tin (send task) không được nhận; phần mềm tự gửi thông báo. Hãy bỏ hoặc đổi thành việc của người",
    "receiveTask": "việc chờ tin (receive task) không được nhận. Hãy đổi thành việc của người (user task)",
    "businessRuleTask": "việc tính theo luật (business rule task) không được nhận. Hãy đổi thành việc của người",
    "callActivity": "gọi quy trình khác (call activity) không được nhận. Hãy vẽ các bước ngay trong quy trình này",
    "subProcess": "quy trình con không được nhận. Hãy vẽ các bước ngay trong quy trình này",
    "adHocSubProcess": "quy trình con không được nhận. Hãy vẽ các bước ngay trong quy trình này",
    "transaction": "giao dịch (transaction) không được nhận. Hãy vẽ các bước ngay trong quy trình này",
    "inclusiveGateway": "cổng «một hoặc nhiều» (inclusive) không rõ ai làm gì. Hãy dùng cổng loại trừ (exclusive) hoặc song song (parallel)",
    "complexGateway": "cổng phức tạp (complex) không được nhận. Hãy dùng cổng loại trừ hoặc song song",
    "eventBasedGateway": "cổng chờ sự kiện không được nhận. Hãy dùng cổng loại trừ",
    "boundaryEvent": "sự kiện gắn ở cạnh bước không được nhận; quá hạn, tạm dừng, rút hồ sơ do luật định đã có sẵn. Hãy bỏ",
    "intermediateCatchEvent": "sự kiện chờ giữa chừng không được nhận. Hãy bỏ",
    "intermediateThrowEvent": "sự kiện giữa chừng không được nhận. Hãy bỏ",
}  # fmt: skip
GATES = {"exclusiveGateway", "parallelGateway"}
KNOWN = {*TASKS, *GATES, "startEvent", "endEvent"}
QUIET = {"laneSet", "sequenceFlow", "extensionElements", "documentation", "incoming", "outgoing"}
IGNORED = {
    "textAnnotation": "ghi chú trên sơ đồ",
    "association": "đường nối ghi chú",
    "group": "khung nhóm",
    "dataObject": "dữ liệu",
    "dataObjectReference": "dữ liệu",
    "dataStoreReference": "kho dữ liệu",
    "ioSpecification": "dữ liệu vào ra",
    "property": "thuộc tính",
}
EVENT_DETAILS = ("timerEventDefinition", "messageEventDefinition", "signalEventDefinition", "conditionalEventDefinition",
                  "errorEventDefinition", "escalationEventDefinition", "compensateEventDefinition", "cancelEventDefinition",
                  "linkEventDefinition")  # fmt: skip
