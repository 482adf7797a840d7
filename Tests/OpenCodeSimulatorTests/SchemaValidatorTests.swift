import JSON
import JSONSchema
import Testing

/// The judge must be able to say no.
@Suite struct SchemaValidatorTests {
    @Test func description_isThere() {
        #expect(OpenCodeSchema.shared.isLoaded)
        #expect(OpenCodeSchema.shared.validator.definitions["Session"] != nil)
    }

    @Test func missingMember_isFound() {
        let problems = OpenCodeSchema.shared.problems(["id": "ses_1"], "Session")
        #expect(problems.contains { $0.contains("slug is missing") })
    }

    @Test func wrongType_isFound() {
        let status: JSONValue = ["type": "retry", "attempt": "2", "message": "x", "next": 1]
        #expect(!OpenCodeSchema.shared.problems(status, "SessionStatus").isEmpty)
    }

    @Test func wrongPrefix_isFound() {
        let part: JSONValue = [
            "id": "x_1", "sessionID": "ses_1", "messageID": "msg_1", "type": "text", "text": "",
        ]
        #expect(OpenCodeSchema.shared.problems(part, "TextPart").contains { $0.contains("$.id") })
    }

    @Test func unknownStatus_fitsNoChoice() {
        #expect(!OpenCodeSchema.shared.problems(["type": "working"], "SessionStatus").isEmpty)
        #expect(OpenCodeSchema.shared.problems(["type": "busy"], "SessionStatus").isEmpty)
    }

    @Test func forbiddenMember_isFound() {
        #expect(!OpenCodeSchema.shared.problems(["nonsense": 1], "Config").isEmpty)
    }

    @Test func everySchema_isUnderstood() {
        // A keyword that the validator does not know would be reported against any value.
        for (name, _) in OpenCodeSchema.shared.validator.definitions {
            let problems = OpenCodeSchema.shared.problems([:], name)
            #expect(!problems.contains { $0.contains("not understood") }, "\(name)")
        }
    }

    @Test func unknownEvent_isFound() {
        let event: JSONValue = ["id": "evt_1", "type": "session.nonsense", "properties": [:]]
        #expect(!OpenCodeSchema.shared.problems(event: event, isGlobal: false).isEmpty)
    }
}
