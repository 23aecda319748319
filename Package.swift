// swift-tools-version: 6.2

import PackageDescription

/// Settings that every Swift target shares: what leaks out of a module is written `public import`,
/// existentials are spelled `any`, and a warning stops the build.
let houseRules: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// Loops over pixels and floats are optimized in debug builds too, or the tests would take hours.
let numeric: [SwiftSetting] =
  houseRules + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let package = Package(
  name: "registry",
  products: [
    .executable(name: "registry", targets: ["RegistryCommand"]),
    .library(name: "RegistryKit", targets: ["RegistryKit"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // Floor 1: what everybody may use.
    .target(name: "Diagnostics", swiftSettings: houseRules),

    // Floor 0: C libraries, with every setjmp answered in C.
    .target(name: "CPNG", linkerSettings: [.linkedLibrary("png")]),
    .target(name: "CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
    .target(name: "CLinux"),
    .target(name: "CZstandard", linkerSettings: [.linkedLibrary("zstd")]),
    // Loops over bytes that the compiler makes vectors of, in debug builds too.
    .target(name: "CBytePlanes", cSettings: [.unsafeFlags(["-O3"])]),

    .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("gomp")]),

    .target(name: "FileSystem", dependencies: ["Diagnostics"], swiftSettings: houseRules),

    // Floor 2: values.
    .target(
      name: "Tensors",
      dependencies: [
        "Diagnostics", "FileSystem", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: numeric),

    .target(
      name: "Images", dependencies: ["CJPEG", "CPNG", "Diagnostics", "Tensors"],
      swiftSettings: numeric),

    // Floor 3: tensors as differences from others.
    .target(
      name: "Deltas", dependencies: ["CBytePlanes", "CZstandard", "Diagnostics", "Tensors"],
      swiftSettings: numeric),

    // Floor 3: what a network is.
    .target(name: "Networks", dependencies: ["Diagnostics", "Tensors"], swiftSettings: houseRules),

    // Floor 4: networks in files.
    .target(
      name: "ModelFiles",
      dependencies: [
        "Diagnostics", "Networks", "Tensors",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["ONNX/onnx.proto"], swiftSettings: numeric),

    // Floor 4: bytes on disk.
    .target(
      name: "ObjectStore", dependencies: ["CLinux", "Diagnostics", "FileSystem", "Tensors"],
      swiftSettings: houseRules),

    // Floor 4: records in SQLite, and its schema.
    .target(
      name: "Migrations", path: "migrations",
      resources: [
        .embedInCode("0001_registry.sql"),
        .embedInCode("0002_keeping.sql"),
        .embedInCode("0003_statements.sql"),
        .embedInCode("0004_recalls.sql"),
        .embedInCode("0005_deltas.sql"),
        .embedInCode("0006_datasets.sql"),
        .embedInCode("0007_service.sql"),
        .embedInCode("0008_jobs.sql"),
        .embedInCode("0009_predictions.sql"),
      ],
      swiftSettings: houseRules),
    .target(
      name: "Catalog",
      dependencies: [
        "Diagnostics", "Migrations", "Tensors", .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: houseRules),

    // Floor 4: networks that compute.
    .target(
      name: "Engine", dependencies: ["COneDNN", "Diagnostics", "Networks", "Tensors"],
      swiftSettings: numeric),

    // Floor 5: fitting; knows no SQLite and no files of the registry.
    .target(
      name: "Training", dependencies: ["Diagnostics", "Engine", "Images", "Networks", "Tensors"],
      swiftSettings: numeric),

    // Floor 6: the use cases; where stores and training meet.
    .target(
      name: "RegistryKit",
      dependencies: [
        "Catalog", "Deltas", "Diagnostics", "Engine", "FileSystem", "Images", "ModelFiles",
        "Networks", "ObjectStore", "Tensors", "Training",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: houseRules),

    // Floor 7: how answers look to people: quantities, charts, pages.
    .target(name: "Presentation", dependencies: ["RegistryKit"], swiftSettings: houseRules),

    // Floor 8: the use cases over HTTP.
    .target(
      name: "RegistryService",
      dependencies: [
        "CLinux", "Catalog", "Diagnostics", "Presentation", "RegistryKit", "Tensors",
        .product(name: "CoreMetrics", package: "swift-metrics"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: houseRules),

    // Floor 8: what asks a service elsewhere.
    .target(
      name: "RegistryClient",
      dependencies: [
        "Diagnostics", "RegistryKit", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: houseRules),

    // Floor 9: the executable.
    .executableTarget(
      name: "RegistryCommand",
      dependencies: [
        "Diagnostics", "Presentation", "RegistryClient", "RegistryKit", "RegistryService",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: houseRules,
      // A fixed address saves the loader 140,000 relocations, a fifth of what a short command takes.
      linkerSettings: [.unsafeFlags(["-Xlinker", "-no-pie"], .when(configuration: .release))]),

    // A program that has a registry inside, with plain settings as other people's have.
    .executableTarget(
      name: "EmbeddingExample", dependencies: ["RegistryKit"], path: "docs/example"),

    // Draws the pictures in fixtures/photos.
    .executableTarget(
      name: "FixtureDrawing", dependencies: ["Diagnostics", "Images", "Tensors"],
      path: "fixtures/drawing", swiftSettings: numeric),

    // Times forward passes, for Benchmarks/forward.py.
    .executableTarget(
      name: "ForwardBenchmark",
      dependencies: ["Diagnostics", "Engine", "ModelFiles", "Networks", "Tensors"],
      path: "Benchmarks/Forward", swiftSettings: numeric),

    // Times training steps, for Benchmarks/training_step.py.
    .executableTarget(
      name: "TrainingStepBenchmark",
      dependencies: ["Diagnostics", "Engine", "Networks", "Tensors"],
      path: "Benchmarks/TrainingStep", swiftSettings: numeric),

    // Times writing and reading of fine-tuned children, for Benchmarks/deltas.py.
    .executableTarget(
      name: "DeltaBenchmark",
      dependencies: [
        "Catalog", "Diagnostics", "Engine", "ModelFiles", "Networks", "RegistryKit", "Tensors",
      ],
      path: "Benchmarks/Deltas", swiftSettings: numeric),

    // Logs metrics through the library, for Benchmarks/metric_logging.py.
    .executableTarget(
      name: "LoggingBenchmark", dependencies: ["Diagnostics", "RegistryKit"],
      path: "Benchmarks/Logging", swiftSettings: houseRules),

    // Fills registries with many records and asks them, for Benchmarks/scale.py.
    .executableTarget(
      name: "ScaleBenchmark",
      dependencies: ["Catalog", "Diagnostics", "Networks", "RegistryKit", "Tensors"],
      path: "Benchmarks/Scale", swiftSettings: houseRules),

    // Tests.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: houseRules),
    .testTarget(
      name: "DiagnosticsTests", dependencies: ["Diagnostics", "TestSupport"],
      swiftSettings: houseRules),
    .testTarget(
      name: "TensorsTests", dependencies: ["Diagnostics", "Tensors", "TestSupport"],
      swiftSettings: houseRules),
    .testTarget(
      name: "DeltasTests", dependencies: ["Deltas", "Diagnostics", "Tensors", "TestSupport"],
      swiftSettings: numeric),
    .testTarget(
      name: "NetworksTests", dependencies: ["Diagnostics", "Networks", "Tensors", "TestSupport"],
      exclude: ["Golden"], swiftSettings: houseRules),
    .testTarget(
      name: "ModelFilesTests",
      dependencies: ["Diagnostics", "ModelFiles", "Networks", "Tensors", "TestSupport"],
      exclude: ["Golden"], swiftSettings: houseRules),
    .testTarget(
      name: "ObjectStoreTests",
      dependencies: ["Diagnostics", "ObjectStore", "Tensors", "TestSupport"],
      swiftSettings: houseRules),
    .testTarget(
      name: "ArchitectureTests", dependencies: ["TestSupport"], swiftSettings: houseRules),
    .testTarget(
      name: "ImagesTests",
      dependencies: ["Diagnostics", "FixtureDrawing", "Images", "Tensors", "TestSupport"],
      exclude: ["Golden"],
      swiftSettings: houseRules),
    .testTarget(
      name: "CatalogTests",
      dependencies: [
        "Catalog", "Diagnostics", "Tensors", "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: houseRules),
    .testTarget(
      name: "EngineTests",
      dependencies: ["Diagnostics", "Engine", "ModelFiles", "Networks", "Tensors", "TestSupport"],
      exclude: ["Golden"], swiftSettings: numeric),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Diagnostics", "Engine", "Images", "Networks", "Tensors", "TestSupport", "Training",
      ],
      exclude: ["Golden"], swiftSettings: houseRules),
    .testTarget(
      name: "RegistryCommandTests",
      dependencies: [
        "Diagnostics", "Presentation", "RegistryCommand", "RegistryKit", "TestSupport",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      exclude: ["Snapshots"],
      swiftSettings: houseRules),
    .testTarget(
      name: "RegistryKitTests",
      dependencies: [
        "Catalog", "Deltas", "Diagnostics", "FileSystem", "Images", "Networks", "ObjectStore",
        "RegistryKit", "Tensors", "TestSupport",
      ],
      swiftSettings: houseRules),
    .testTarget(
      name: "RegistryServiceTests",
      dependencies: [
        "RegistryCommand", "TestSupport", .product(name: "Crypto", package: "swift-crypto"),
      ],
      exclude: ["Browser"],
      swiftSettings: houseRules),
  ]
)

// Coverage-guided fuzzing, which takes a build of its own: see docs/fuzzing.md.
if Context.environment["REGISTRY_FUZZING"] != nil {
  package.targets += [
    .target(name: "CFuzzer", path: "Tests/Fuzzing/CFuzzer"),
    .executableTarget(
      name: "RegistryFuzzing",
      dependencies: [
        "CFuzzer", "Catalog", "Deltas", "Diagnostics", "Images", "ModelFiles", "Networks",
        "RegistryKit", "Tensors", "Training",
      ],
      path: "Tests/Fuzzing/RegistryFuzzing", swiftSettings: houseRules),
  ]
}
