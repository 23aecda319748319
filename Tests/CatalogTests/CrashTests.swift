import Foundation
import Glibc
import TestSupport
import Testing

@testable import Catalog

struct CrashTests {
  @Test(arguments: [3, 17, 40, 90])
  func `what was acknowledged before a kill is there after it`(milliseconds: Int) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "registry-crash-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "registry.sqlite").path
    _ = try CatalogDatabase.create(at: path)
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = path as String, milliseconds = milliseconds as Int] in
      let catalog = try CatalogDatabase(opening: path)
      let acknowledged = open(path + ".acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
      Thread.detachNewThread {
        usleep(UInt32(milliseconds) * 1000)
        kill(getpid(), SIGKILL)
      }
      let run = try catalog.beginRun(Sample.run())
      for index in 0... {
        _ = try catalog.registerModelVersion(Sample.model("model", head: "head\(index)"))
        try catalog.appendMetrics(
          (0..<100).map { MetricPoint(key: "loss", step: index * 100 + $0, value: 1) },
          to: run.id)
        write(acknowledged, ".", 1)
      }
    }
    let count = FileManager.default.contents(atPath: path + ".acknowledged")?.count ?? 0
    let catalog = try CatalogDatabase(opening: path)
    #expect(try catalog.contradictions() == [])
    #expect(try catalog.modelVersions().count >= count)
    for run in try catalog.runs(limit: 10) {
      let points = try catalog.metrics(of: run.id).first?.points.count ?? 0
      #expect(points >= count * 100 && points % 100 == 0)
      _ = try catalog.resumeRun(run.id)
    }
    _ = try catalog.registerModelVersion(Sample.model("model", head: "after"))
    #expect(try catalog.contradictions() == [])
  }
}
