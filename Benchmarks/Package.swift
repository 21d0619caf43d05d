// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that building the server never compiles it.
let package = Package(
    name: "benchmarks",
    dependencies: [.package(name: "aldrava", path: "..")],
    targets: [
        .executableTarget(
            name: "Gate", dependencies: [.product(name: "Modules", package: "aldrava")], path: "Gate",
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"), .strictMemorySafety(),
                .treatAllWarnings(as: .error),
            ])
    ],
    swiftLanguageModes: [.v6]
)
