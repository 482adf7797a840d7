import Connectors
import Curl
import RemoteStorage
import Spool
import StorageServers
import SystemPackage
import Testing

/// Task files in a bucket of a real S3-compatible server, by the built program.
@Suite(.timeLimit(.minutes(5))) struct BucketOnceTests {
    @Test func fileInABucket_becomesATask_andComesBackAsAResult() async throws {
        let server = try StorageServer("s3-server.py", ["a-secret-for-tests", "tasks"])
        let endpoint = "http://127.0.0.1:\(server.port)"
        let world = try World(configuration: ["inbox: {settle_s: 0.01}"])
        try world.use(storage: "s3://tasks/team%20a", ", endpoint: \"\(endpoint)\"")
        let keys = ["AWS_ACCESS_KEY_ID": "test:tester", "AWS_SECRET_ACCESS_KEY": "a-secret-for-tests"]
        let bucket = S3Connector(
            S3Settings(
                bucket: "tasks", prefix: ["team a"], endpoint: endpoint,
                credentials: S3Credentials(accessKey: "test:tester", secretKey: "a-secret-for-tests")),
            client: world.curl)
        try world.serve(keys)
        try await world.takeAndPutBack(bucket)
        #expect(!world.story.contains("a-secret-for-tests"))
    }

    @Test func wrongKey_isSaidByDoctorAndLog() throws {
        let server = try StorageServer("s3-server.py", ["a-secret-for-tests", "tasks"])
        let world = try World(configuration: ["inbox: {settle_s: 0.01}"])
        try world.use(storage: "s3://tasks", ", endpoint: \"http://127.0.0.1:\(server.port)\"")
        try world.serve(["AWS_ACCESS_KEY_ID": "test:tester", "AWS_SECRET_ACCESS_KEY": "hunter2"])
        try world.wait("the log says so") {
            world.daemon?.errorText.contains("the secret key is not the access key's") == true
        }
        #expect(world.daemon?.errorText.contains("hunter2") == false)
        let doctor = try world.openloom(["doctor", "--config", world.root.appending("config.yaml").string]).output
        #expect(
            doctor.contains("there are no keys: give access_key_file and secret_key_file, or set AWS_ACCESS_KEY_ID"))
    }
}
