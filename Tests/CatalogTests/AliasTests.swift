import Diagnostics
import Testing

@testable import Catalog

struct AliasTests {
  @Test func `an alias moves, and every move is remembered`() throws {
    try withCatalog { catalog in
      let versions = try (0..<3).map { _ in
        try catalog.registerModelVersion(Sample.model("wolfdog"))
      }
      #expect(try catalog.setAlias("production", model: "wolfdog", version: 1) == nil)
      #expect(try catalog.setAlias("production", model: "wolfdog", version: 3) == 1)
      #expect(try catalog.setAlias("production", model: "wolfdog", version: 3) == 3)
      #expect(try catalog.setAlias("beta", model: "wolfdog", version: 3) == nil)
      let meant = try catalog.modelVersion(Reference(parsing: "wolfdog@production"))
      #expect(meant == versions[2])
      #expect(try catalog.aliases(ofVersion: versions[2].id) == ["beta", "production"])
      #expect(try catalog.aliases(ofVersion: versions[0].id) == [])
      let history = try catalog.aliasHistory("production", model: "wolfdog")
      #expect(history.map(\.version) == [1, 3])
      #expect(history.map(\.previousVersion) == [nil, 1])
    }
  }

  @Test func `an alias that is removed leaves its history and who made it`() throws {
    try withCatalog { catalog in
      _ = try catalog.registerModelVersion(Sample.model("wolfdog"))
      _ = try catalog.registerModelVersion(Sample.model("wolfdog"))
      _ = try catalog.setAlias("production", model: "wolfdog", version: 1, by: "ann@lab")
      _ = try catalog.setAlias("beta", model: "wolfdog", version: 2, by: "bob@lab")
      #expect(try catalog.removeAlias("production", model: "wolfdog", by: "bob@lab") == 1)
      #expect(
        try catalog.aliases(ofModel: "wolfdog") == [AliasRecord(alias: "beta", version: 2)])
      let history = try catalog.aliasHistory(model: "wolfdog")
      #expect(history.map(\.alias) == ["production", "beta", "production"])
      #expect(history.map(\.version) == [1, 2, nil])
      #expect(history.map(\.changedBy) == ["ann@lab", "bob@lab", "bob@lab"])
      let unknown = #expect(throws: RegistryError.self) {
        _ = try catalog.removeAlias("production", model: "wolfdog", by: nil)
      }
      #expect(unknown?.code == .unknownAlias)
      #expect(try catalog.setAlias("production", model: "wolfdog", version: 2) == nil)
    }
  }

  @Test(arguments: ["3", "a@b", "", "-x"])
  func `an alias that could be taken for something else is refused`(alias: String) throws {
    try withCatalog { catalog in
      _ = try catalog.registerModelVersion(Sample.model("wolfdog"))
      let error = #expect(throws: RegistryError.self) {
        _ = try catalog.setAlias(alias, model: "wolfdog", version: 1)
      }
      #expect(error?.code == .malformedName)
    }
  }

  @Test func `an alias needs a version that there is`() throws {
    try withCatalog { catalog in
      _ = try catalog.registerModelVersion(Sample.model("wolfdog"))
      let version = #expect(throws: RegistryError.self) {
        _ = try catalog.setAlias("production", model: "wolfdog", version: 2)
      }
      #expect(version?.code == .unknownModelVersion)
      #expect(version?.remedy == "It has version 1 only.")
      let model = #expect(throws: RegistryError.self) {
        _ = try catalog.setAlias("production", model: "coyote", version: 1)
      }
      #expect(model?.code == .unknownModel)
    }
  }
}
