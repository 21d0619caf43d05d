// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"), .strictMemorySafety(), .treatAllWarnings(as: .error),
]

func layer(_ name: String, imports: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: imports, swiftSettings: strict)
}

func library(_ name: String, apt: String) -> Target {
    .systemLibrary(name: name, providers: [.apt([apt])])
}

func tests(of name: String, imports: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: imports, exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "aldrava",
    products: [
        .executable(name: "aldrava", targets: ["aldrava"]),
        // For Benchmarks/Package.swift, which counts what they cost.
        .library(
            name: "Modules",
            targets: [
                "Domain", "HTTP", "Concurrency", "Crypto", "Storage", "Flows", "StorageSQLite", "HTTPServer", "API",
            ]),
    ],
    targets: [
        // C: other people's libraries, and thin targets of our own. CPostgres and CCurl load libpq and libcurl only when they are needed.
        library("CSQLite", apt: "libsqlite3-dev"),
        library("COpenSSL", apt: "libssl-dev"),
        library("CSodium", apt: "libsodium-dev"),
        library("CUTF8Proc", apt: "libutf8proc-dev"),
        library("CIDN2", apt: "libidn2-dev"),
        library("CZlib", apt: "zlib1g-dev"),
        library("CCrypt", apt: "libcrypt-dev"),
        library("CArgon2", apt: "libargon2-dev"),
        .target(name: "CPostgres"),
        .target(name: "CCurl"),
        .target(name: "CLinux"),
        .target(name: "CAssets", exclude: ["README.md", "common-passwords.txt", "docs", "pages"]),

        // Bottom to top: a target may import only targets listed above it.
        layer("Domain"),
        layer("HTTP"),
        layer("Concurrency", imports: ["CLinux"]),

        layer("Crypto", imports: ["Domain", "COpenSSL", "CSodium", "CCrypt", "CArgon2"]),

        layer("Standards", imports: ["Domain", "Crypto", "CUTF8Proc", "CIDN2", "CZlib", "CAssets"]),
        layer("Storage", imports: ["Domain", "Concurrency"]),
        layer("Config", imports: ["Domain", "HTTP"]),

        layer("StorageSQL", imports: ["Domain", "Storage"]),
        layer("Flows", imports: ["Domain", "HTTP", "Concurrency", "Crypto", "Standards", "Storage"]),

        layer("StorageSQLite", imports: ["Domain", "Concurrency", "Storage", "StorageSQL", "CSQLite"]),
        layer("StoragePostgres", imports: ["Domain", "Concurrency", "Storage", "StorageSQL", "CPostgres"]),
        layer("HTTPServer", imports: ["HTTP", "Concurrency", "CLinux", "COpenSSL"]),
        layer("Outbound", imports: ["Domain", "Concurrency", "Flows", "CCurl"]),
        layer("API", imports: ["Domain", "HTTP", "Concurrency", "Standards", "Storage", "Flows"]),
        layer("Pages", imports: ["Domain", "HTTP", "Storage", "Flows", "CAssets"]),

        layer(
            "App",
            imports: [
                "Domain", "HTTP", "Concurrency", "Crypto", "Standards", "Storage", "Config", "Flows",
                "StorageSQLite", "StoragePostgres", "HTTPServer", "Outbound", "API", "Pages", "CLinux",
            ]),
        .executableTarget(
            name: "aldrava", dependencies: ["App", "Config", "Domain", "Flows"], swiftSettings: strict),

        // Tests, in the same order.
        .target(
            name: "TestSupport",
            dependencies: [
                "Domain", "HTTP", "Concurrency", "Crypto", "Standards", "Storage", "Flows", "StorageSQLite",
                "StoragePostgres",
            ],
            path: "Tests/TestSupport", swiftSettings: strict),
        tests(of: "DomainTests", imports: ["Domain", "TestSupport"]),
        tests(of: "HTTPTests", imports: ["HTTP", "TestSupport"]),
        tests(of: "ConcurrencyTests", imports: ["Concurrency"]),
        tests(of: "CryptoTests", imports: ["Crypto", "Domain", "TestSupport"]),
        tests(of: "StandardsTests", imports: ["Standards", "Crypto", "Domain", "CAssets", "CZlib", "TestSupport"]),
        tests(of: "ConfigTests", imports: ["Config", "Domain"]),
        tests(
            of: "StorageTests",
            imports: [
                "Storage", "StorageSQL", "StorageSQLite", "StoragePostgres", "Domain", "Concurrency", "TestSupport",
                "CSQLite",
            ]),
        tests(
            of: "FlowsTests",
            imports: ["Flows", "HTTP", "Storage", "Standards", "Crypto", "Domain", "Concurrency", "TestSupport"]),
        tests(of: "HTTPServerTests", imports: ["HTTPServer", "HTTP", "Concurrency", "COpenSSL"]),
        tests(
            of: "APITests",
            imports: [
                "API", "Pages", "Flows", "HTTP", "Storage", "Standards", "Domain", "Concurrency", "TestSupport",
            ],
            exclude: ["Golden"]),
        tests(
            of: "PagesTests",
            imports: ["Pages", "Flows", "HTTP", "Storage", "Standards", "Domain", "Crypto", "TestSupport"]),
        tests(of: "OutboundTests", imports: ["Outbound", "Flows", "Domain", "Concurrency", "CCurl"]),
        // The server with requests that make it die; built with the tests, and never into the product.
        .executableTarget(
            name: "TrapServer", dependencies: ["App", "API", "Config", "Concurrency", "HTTP"], path: "Tests/TrapServer",
            swiftSettings: strict),
        tests(
            of: "AppTests",
            imports: [
                "App", "API", "Config", "Domain", "HTTP", "HTTPServer", "Concurrency", "Flows", "Standards", "Storage",
                "TestSupport",
            ]),
    ],
    swiftLanguageModes: [.v6]
)
