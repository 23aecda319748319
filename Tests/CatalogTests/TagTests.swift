import Diagnostics
import Testing

@testable import Catalog

struct TagTests {
  @Test func `what is written about a model holds for its versions, unless one has its own`() throws
  {
    try withCatalog { catalog in
      let first = try catalog.registerModelVersion(Sample.model("wolfdog"))
      let second = try catalog.registerModelVersion(Sample.model("wolfdog", head: "h"))
      _ = try catalog.annotate(
        .model("wolfdog"),
        AnnotationChange(tags: ["team": "vision", "stage": "draft"], note: .replaced("all")))
      _ = try catalog.annotate(.model("wolfdog@2"), AnnotationChange(tags: ["stage": "beta"]))
      let former = try catalog.annotations(ofModelVersion: first.id)
      #expect(former == Annotations(tags: ["team": "vision", "stage": "draft"], note: "all"))
      let newer = try catalog.annotations(ofModelVersion: second.id)
      #expect(newer == Annotations(tags: ["team": "vision", "stage": "beta"], note: "all"))
      let own = try catalog.annotations(of: .model("wolfdog@2"))
      #expect(own.annotations == Annotations(tags: ["stage": "beta"]))
      #expect(own.subject.kind == .modelVersion && own.subject.name == "wolfdog@2")
    }
  }

  @Test func `datasets and runs are tagged too, and an alias leads to its version`() throws {
    try withCatalog { catalog in
      let dataset = try catalog.recordImport(
        Sample.dataset("wolfdog", added: [Sample.item("a", "dog")]))
      let run = try catalog.beginRun(Sample.run())
      _ = try catalog.registerModelVersion(Sample.model("wolfdog"))
      _ = try catalog.setAlias("production", model: "wolfdog", version: 1)
      _ = try catalog.annotate(.dataset("wolfdog"), AnnotationChange(tags: ["license": "CC0"]))
      _ = try catalog.annotate(.dataset("wolfdog@1"), AnnotationChange(note: .replaced("blurred")))
      _ = try catalog.annotate(
        .run(String(run.id.prefix(12))), AnnotationChange(tags: ["ok": "yes"]))
      let tagged = try catalog.annotate(
        .model("wolfdog@production"), AnnotationChange(tags: ["a": "b=c"]))
      #expect(tagged.subject.name == "wolfdog@1")
      #expect(
        try catalog.annotations(ofDatasetVersion: dataset.id)
          == Annotations(tags: ["license": "CC0"], note: "blurred"))
      #expect(try catalog.annotations(ofRun: run.id).tags == ["ok": "yes"])
    }
  }

  @Test func `tags and notes go again, and a change is done as a whole or not at all`() throws {
    try withCatalog { catalog in
      _ = try catalog.registerModelVersion(Sample.model("wolfdog"))
      _ = try catalog.annotate(
        .model("wolfdog"), AnnotationChange(tags: ["a": "1", "b": "2"], note: .replaced("text")))
      let error = #expect(throws: RegistryError.self) {
        _ = try catalog.annotate(
          .model("wolfdog"), AnnotationChange(tags: ["c": "3"], removedTags: ["a", "x"]))
      }
      #expect(error?.code == .unknownTag)
      #expect(
        try catalog.annotations(of: .model("wolfdog")).annotations.tags.keys.sorted() == ["a", "b"])
      let changed = try catalog.annotate(
        .model("wolfdog"), AnnotationChange(removedTags: ["a"], note: .removed))
      #expect(changed.annotations == Annotations(tags: ["b": "2"]))
    }
  }

  @Test(arguments: ["", "a b", "-x", "a=b", String(repeating: "k", count: 129)])
  func `a key must be a name`(key: String) throws {
    try withCatalog { catalog in
      _ = try catalog.registerModelVersion(Sample.model("wolfdog"))
      let error = #expect(throws: RegistryError.self) {
        _ = try catalog.annotate(.model("wolfdog"), AnnotationChange(tags: [key: "v"]))
      }
      #expect(error?.code == .malformedName)
    }
  }

  @Test func `texts are bounded and whole`() throws {
    try withCatalog { catalog in
      _ = try catalog.registerModelVersion(Sample.model("wolfdog"))
      func code(_ change: AnnotationChange) -> RegistryError.Code? {
        #expect(throws: RegistryError.self) {
          _ = try catalog.annotate(.model("wolfdog"), change)
        }?.code
      }
      #expect(
        code(AnnotationChange(tags: ["a": String(repeating: "v", count: 5001)])) == .textTooLong)
      #expect(
        code(AnnotationChange(note: .replaced(String(repeating: "v", count: 65_537))))
          == .textTooLong)
      #expect(code(AnnotationChange(tags: ["a": "b\0c"])) == .nullInText)
      let longest = String(repeating: "ö", count: 2500)
      _ = try catalog.annotate(.model("wolfdog"), AnnotationChange(tags: ["a": longest]))
      #expect(try catalog.annotations(of: .model("wolfdog")).annotations.tags["a"] == longest)
    }
  }
}
