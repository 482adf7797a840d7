import API
import JSON
import JSONSchema
import Spool
import Testing

extension APITests {
    /// `/api/openapi.json` says what the routes do. That each answer fits what it says is checked by
    /// ``RunningAPI/request(_:_:headers:json:)``, for every request of every test.
    @Suite struct OpenAPITests {
        private func document(_ api: RunningAPI) async throws -> JSONValue {
            let answer = try await api.request("GET", "/api/openapi.json")
            expectStatus(200, answer)
            return answer.json
        }

        /// Hands every object in a document to `body`.
        private func walk(_ json: JSONValue, _ body: (JSONObject) -> Void) {
            if let object = json.object {
                body(object)
                for (_, value) in object { walk(value, body) }
            }
            for value in json.array ?? [] { walk(value, body) }
        }

        @Test func document_isOpenAPI31_withTheRoutes() async throws {
            try await RunningAPI.with({ $0.version = "1.2.3" }) { api in
                let document = try await document(api)
                #expect(document["openapi"] == "3.1.0")
                #expect(document["info"]?["version"] == "1.2.3")
                #expect(document["paths"]?["/api/tasks"]?["post"]?["operationId"] == "createTask")
                #expect(document["paths"]?["/api/openapi.json"]?["get"] != nil)
                #expect(document["components"]?["securitySchemes"] == nil)
            }
        }

        @Test func operations_haveIdsOfTheirOwn_andDeclareTheParametersOfTheirPath() async throws {
            try await RunningAPI.with { api in
                let operations = APIDescription(try await document(api)).operations
                #expect(Set(operations.map(\.id)).count == operations.count)
                for operation in operations {
                    let declared = operation.json["parameters"]?.array?.filter { $0["in"] == "path" } ?? []
                    let inPath = operation.template.matches(of: /\{([a-z]+)\}/).map { String($0.1) }
                    #expect(declared.compactMap { $0["name"]?.string } == inPath, "\(operation.id)")
                    #expect(operation.json["summary"]?.string?.isEmpty == false, "\(operation.id)")
                }
            }
        }

        @Test func references_leadToSchemas_andNoSchemaIsLeftOver() async throws {
            try await RunningAPI.with { api in
                let document = try await document(api)
                let known = Set(document["components"]?["schemas"]?.object?.keys ?? [])
                var used: Set<String> = []
                walk(document) { object in
                    if let reference = object["$ref"]?.string {
                        used.insert(String(reference.split(separator: "/").last ?? ""))
                    }
                }
                #expect(used == known)
            }
        }

        @Test func examples_fitTheirSchemas_andEverythingThatHasAContentHasOne() async throws {
            try await RunningAPI.with { api in
                let description = APIDescription(try await document(api))
                for operation in description.operations {
                    var contents: [(String, JSONObject)] = []
                    if let body = operation.json["requestBody"]?["content"]?.object { contents.append(("body", body)) }
                    for (status, response) in operation.json["responses"]?.object ?? [:] where status < "300" {
                        if let content = response["content"]?.object { contents.append((status, content)) }
                    }
                    for (place, content) in contents {
                        for (type, media) in content {
                            let example = try #require(media["example"], "\(operation.id) \(place) \(type)")
                            let schema = try #require(media["schema"])
                            let problems = description.validator.problems(example, schema)
                            #expect(problems.isEmpty, "\(operation.id) \(place) \(type): \(problems)")
                        }
                    }
                }
            }
        }

        @Test(
            arguments: [
                (["workspace": "/srv/shop"], true), (["sessionId": "ses_1"], true),
                (["workspace": "/srv/shop", "sessionId": ""], true), (["workspace": "~/\u{1F3FB}"], true),
                ([:], false), (["sessionId": " "], false), (["sessionId": nil], false), (["workspace": "shop"], false),
            ] as [(JSONObject, Bool)])
        func newTask_needsAWorkspaceOrASession(members: JSONObject, fits: Bool) async throws {
            try await RunningAPI.with { api in
                let description = APIDescription(try await document(api))
                var task = members
                task["goal"] = "g"
                let problems = description.validator.problems(
                    .object(task), ["$ref": "#/components/schemas/NewTask"])
                #expect(problems.isEmpty == fits, "\(problems)")
            }
        }

        @Test func judge_findsAnAnswerThatIsNotDescribed() async throws {
            try await RunningAPI.with { api in
                let description = APIDescription(try await document(api))
                var answer = try await api.request("GET", "/livez")
                #expect(description.problems("GET", "/livez", answer).isEmpty)
                answer.body = Array("{\"status\":\"dead\"}".utf8)
                #expect(!description.problems("GET", "/livez", answer).isEmpty)
                answer.status = 204
                #expect(!description.problems("GET", "/livez", answer).isEmpty)
            }
        }

        @Test func document_asksForATokenWhereOneIsNeeded() async throws {
            let token = String(repeating: "t", count: 20)
            let tokens = try AccessTokens(parsing: Array(token.utf8))
            try await RunningAPI.with({ $0.tokens = tokens }) { api in
                let headers = [("Authorization", "Bearer \(token)")]
                let document = try await api.request("GET", "/api/openapi.json", headers: headers).json
                #expect(document["components"]?["securitySchemes"]?["token"]?["scheme"] == "bearer")
                let paths = document["paths"]
                #expect(paths?["/api/tasks"]?["post"]?["security"] == [["token": []]])
                #expect(paths?["/api/tasks"]?["post"]?["x-scope"] == "submit")
                #expect(paths?["/api/tasks"]?["post"]?["responses"]?["401"] != nil)
                #expect(paths?["/livez"]?["get"]?["security"] == [])
                #expect(try await api.request("GET", "/api/openapi.json").status == 401)
            }
        }

        @Test func everyRoute_answersASuccessThatIsDescribed() async throws {
            try await RunningAPI.with { api in
                let description = APIDescription(try await document(api))
                var answered: Set<String> = ["describeAPI"]
                for request in try await EachRoute.requests(api) {
                    let answer: HTTPAnswer
                    if request.isStream {
                        answer = try await EventReader(api, request.path).head
                    } else {
                        answer = try await api.request(
                            request.method, request.path, headers: request.headers, json: request.body)
                    }
                    #expect((200..<300).contains(answer.status), "\(request.method) \(request.path): \(answer.text)")
                    let operation = try #require(description.operation(request.method, request.path))
                    answered.insert(operation.id)
                }
                #expect(answered == Set(description.operations.map(\.id)))
            }
        }
    }
}
