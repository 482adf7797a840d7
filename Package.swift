// swift-tools-version: 6.2

import PackageDescription

// One set of rules for every target of ours: no warning survives, and `public import` shows what leaks.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

let package = Package(
    name: "openloom",
    products: [.executable(name: "openloom", targets: ["openloom"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.7.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.10.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0", traits: []),
    ],
    targets: [
        // Layer 0: system headers.
        .target(name: "CLinux"),
        .target(name: "CSupervisor"),
        .target(name: "CDashboard", exclude: ["files"]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CYaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),

        // Layer 1: one owner per foreign thing.
        target("Blocking", ["ConcurrencyExecutor", system]),
        target("ConcurrencyExecutor", ["CLinux", system]),
        target("JSON"),
        target("Dashboard", ["CDashboard", "CZlib", crypto]),
        target("Matching"),
        target("PrivateFile", [system]),
        target("Curl", ["CCurl"]),
        target("XML"),
        target("YAML", ["CYaml"]),
        target("Inotify", ["CLinux", "SystemCalls", system]),
        target("Schedules", [system]),
        target("Prometheus", [metrics]),
        target("Git", [system, subprocess]),
        target("Report", ["JSON"]),
        target("Zip", ["CZip"]),
        target("SQLite", ["CSQLite", system]),
        target("SystemCalls", [system]),
        target("Usage", ["JSON"]),

        // Layer 2: the spool, and the agent's server.
        target(
            "Spool", ["Blocking", "Inotify", "CLinux", "JSON", "Matching", "Report", "Usage", system, crypto, logging]),
        target("OpenCodeHost", ["Blocking", "CLinux", "JSON", system, logging]),
        target("OpenCode", ["Blocking", "Curl", "JSON", "PrivateFile", "Usage", logging, system]),

        // Layer 3: what reads and writes tasks.
        target("TaskSource", ["Curl", "Schedules", "Spool", "XML", "YAML", "JSON", "Zip", system]),
        target("Evidence", ["Blocking", "CLinux", "Git", "JSON", "SystemCalls", system, crypto]),
        target("Worktrees", ["Blocking", "Git", "JSON", "Spool", "SystemCalls", system]),
        target("Verification", ["Blocking", "CSupervisor", "JSON", "Matching", "Spool", "SystemCalls", system]),

        target("WebhookSources", ["JSON", crypto, mustache]),
        target("ResultDocuments", ["JSON", "Report", "Zip"]),
        target("Connectors", ["CLinux", system, subprocess]),
        target(
            "RemoteStorage",
            ["Blocking", "CLinux", "Connectors", "Curl", "JSON", "Spool", "SystemCalls", "XML", crypto, system]),

        // Layer 4: services. They meet in the spool, never in each other.
        target("Inbox", ["Blocking", "Spool", "TaskSource", "Inotify", system, logging, serviceLifecycle]),
        target(
            "Dispatcher",
            [
                "Blocking", "Spool", "OpenCode", "Evidence", "Matching", "Usage", "Verification", "Worktrees", "JSON",
                system,
                logging,
                serviceLifecycle,
            ]),
        target(
            "Webhooks",
            [
                "Blocking", "Curl", "Inotify", "JSON", "Prometheus", "Report", "Spool", crypto, logging, metrics,
                serviceLifecycle,
            ]),
        target(
            "Results",
            [
                "Blocking", "Connectors", "JSON", "Report", "ResultDocuments", "Spool", "TaskSource", logging,
                serviceLifecycle, system,
            ]),
        target(
            "RemoteInbox", ["Blocking", "Connectors", "JSON", "Spool", "TaskSource", logging, serviceLifecycle]),
        target(
            "Scheduler",
            ["Blocking", "Inotify", "Schedules", "Spool", "TaskSource", logging, serviceLifecycle]),
        target(
            "API",
            [
                "Blocking", "Dashboard", "PrivateFile", "Prometheus", "Schedules",
                "Spool", "TaskSource", "Usage", "WebhookSources", "Worktrees", "JSON", system, logging,
                serviceLifecycle, hummingbird, hummingbirdCore, httpTypes, metrics, nioCore, nioHTTP1,
            ]
        ),
        target(
            "OpenCodeSimulator",
            [
                "JSON", hummingbird, httpTypes, logging, serviceLifecycle, subprocess, unixSignals, nioCore, nioPosix,
                system,
            ]),

        // Layer 5: the services together.
        target(
            "DaemonConfiguration",
            [
                "Connectors", "Curl", "RemoteStorage", "Report", "Schedules", "Spool", "TaskSource", "WebhookSources",
                "YAML", "JSON", logging, system,
            ]),
        target(
            "Daemon",
            [
                "Blocking",
                "DaemonConfiguration", "API", "Curl", "Dispatcher", "Inbox", "OpenCode", "OpenCodeHost", "Spool",
                "Connectors", "Prometheus", "RemoteInbox", "RemoteStorage", "Report", "Results", "Scheduler",
                "TaskSource", "Webhooks",
                "WebhookSources",
                "YAML",
                "JSON", "Inotify",
                logging, metrics, serviceLifecycle, unixSignals, system,
            ]
        ),
        target("Migration", ["DaemonConfiguration", "JSON", "SQLite", "Spool", "SystemCalls", system]),
        target("Console", ["Blocking", "Spool", "Inotify", "JSON", "Report", system]),
        target(
            "Doctor",
            [
                "API", "Blocking", "CLinux", "Connectors", "Console", "Curl", "Daemon", "DaemonConfiguration",
                "Dispatcher", "Git", "Inotify", "JSON", "OpenCode", "OpenCodeHost", "Results", "Schedules", "Spool",
                "TaskSource",
                "WebhookSources", "Webhooks", system,
            ]),

        // Layer 6: the command.
        .executableTarget(
            name: "openloom",
            dependencies: [
                "ConcurrencyExecutor", "Curl", "Daemon", "DaemonConfiguration", "Doctor", "Spool", "TaskSource",
                "Console",
                "OpenCodeSimulator", "JSON", "Migration", "Report", "Schedules", "Verification", "Webhooks",
                "WebhookSources", "Worktrees", "Inotify", argumentParser, logging, system,
            ],
            swiftSettings: settings
        ),

        // Benchmarks: run by hand, they print ratios. The C program makes the system calls of a submission.
        .target(name: "CBaseline", path: "Tests/Benchmarks/CBaseline"),
        .executableTarget(
            name: "openloom-bench",
            dependencies: [
                "Blocking", "CBaseline", "Curl", "Evidence", "Inotify", "JSON", "Spool", argumentParser, system,
            ],
            path: "Tests/Benchmarks/openloom-bench", swiftSettings: settings
        ),

        // Tests mirror the modules. Fixtures are found beside the sources.
        tests("JSONTests", ["JSON"]),
        tests("MatchingTests", ["Matching"]),
        tests("PrivateFileTests", ["PrivateFile", system]),
        tests("PrometheusTests", ["Prometheus", metrics]),
        tests("ConcurrencyExecutorTests", ["ConcurrencyExecutor"]),
        .target(
            name: "TestSupport", dependencies: ["CSQLite", logging, system], path: "Tests/TestSupport",
            swiftSettings: settings),
        .target(
            name: "StorageServers", path: "Tests/StorageServers", exclude: ["Scripts"], swiftSettings: settings),
        .target(name: "LoopbackServer", path: "Tests/LoopbackServer", swiftSettings: settings),
        .target(name: "JSONSchema", dependencies: ["JSON"], path: "Tests/JSONSchema", swiftSettings: settings),
        tests("CurlTests", ["Curl", "LoopbackServer", "StorageServers"]),
        tests("InotifyTests", ["Inotify", "CLinux", "TestSupport", system]),
        tests("YAMLTests", ["YAML"]),
        tests("SchedulesTests", ["Schedules", system]),
        tests(
            "SchedulerTests",
            ["Scheduler", "Schedules", "Spool", "TaskSource", "TestSupport", "JSON", logging, system]),
        tests("SpoolTests", ["Spool", "Inotify", "JSON", "TestSupport", logging, system]),
        tests(
            "OpenCodeTests",
            [
                "OpenCode", "OpenCodeSimulator", "Curl", "JSON", "LoopbackServer", "TestSupport", "Usage", logging,
                system,
            ]),
        tests("OpenCodeHostTests", ["OpenCodeHost", "JSON", "TestSupport", logging, system]),
        tests(
            "TaskSourceTests", ["TaskSource", "Spool", "YAML", "JSON", "CZip", "TestSupport", system],
            exclude: ["Fixtures"]),
        tests("WebhookSourcesTests", ["WebhookSources", "JSON", crypto]),
        tests("EvidenceTests", ["Evidence", "Git", "JSON", "SystemCalls", system]),
        tests("VerificationTests", ["Verification", "JSON", "Spool", system]),
        tests("WorktreesTests", ["Worktrees", "Git", "JSON", subprocess, system]),
        tests("InboxTests", ["Inbox", "Spool", "TaskSource", "Inotify", "JSON", logging, serviceLifecycle, system]),
        tests(
            "DispatcherTests",
            ["Curl", "Dispatcher", "Evidence", "OpenCode", "Spool", "JSON", "Usage", logging, system]),
        tests(
            "WebhooksTests",
            [
                "Webhooks", "Curl", "LoopbackServer", "Inotify", "JSON", "Prometheus", "Spool", logging,
                serviceLifecycle, system,
            ]),
        tests(
            "APITests",
            [
                "API", "Dashboard", "Prometheus", "Spool", "TaskSource", "TestSupport", "Git", "Inotify", "JSON",
                "JSONSchema",
                "Worktrees", logging, nioCore, serviceLifecycle, system,
            ]
        ),
        tests(
            "OpenCodeSimulatorTests",
            ["OpenCodeSimulator", "JSON", "JSONSchema", logging, serviceLifecycle, system],
            exclude: ["Fixtures"]),
        tests(
            "DaemonConfigurationTests",
            ["DaemonConfiguration", "RemoteStorage", "Report", "Spool", "JSON", logging, system]),
        tests("ConsoleTests", ["Console", "Spool", "Inotify", "JSON", "Report", system]),
        tests("SQLiteTests", ["SQLite", "TestSupport", system]),
        tests(
            "MigrationTests", ["Migration", "DaemonConfiguration", "Spool", "JSON", "TestSupport", system],
            exclude: ["Fixtures"]),
        tests("ReportTests", ["Report", "JSON"]),
        tests("ZipTests", ["Zip"]),
        tests("ResultDocumentsTests", ["ResultDocuments", "Report", "TaskSource", "YAML", "JSON"]),
        tests("ConnectorsTests", ["Connectors", system]),
        tests(
            "DoctorTests",
            [
                "Doctor", "Blocking", "Connectors", "Curl", "DaemonConfiguration", "JSON", "LoopbackServer",
                "Schedules",
                "Spool", "TestSupport", "Webhooks", system,
            ]),
        tests(
            "RemoteStorageTests",
            [
                "RemoteStorage", "Connectors", "Curl", "LoopbackServer", "Spool", "StorageServers", "TestSupport",
                system,
            ]),
        tests(
            "RemoteInboxTests",
            [
                "RemoteInbox", "Connectors", "JSON", "RemoteStorage", "Spool", "TaskSource", "TestSupport", logging,
                serviceLifecycle, system,
            ]),
        tests(
            "EndToEndTests",
            [
                "openloom", "Connectors", "Curl", "LoopbackServer", "RemoteStorage", "Spool", "StorageServers",
                "TestSupport", "JSON", system,
            ]),
    ],
    swiftLanguageModes: [.v6]
)
