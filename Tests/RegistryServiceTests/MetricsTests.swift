import Foundation
import TestSupport
import Testing

struct MetricsTests {
  @Test func `metrics are what Prometheus reads, and count requests by route and status`()
    async throws
  {
    try await PreparedService.with("--workers", "0") { service in
      for _ in 0..<3 { _ = try service.get("/api/v1/models/coyote") }
      _ = try service.get("/api/v1/models/wolf")
      _ = try service.post("jobs/evaluate", ["model": "coyote"])
      let answer = try service.get("/metrics")
      #expect(answer.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
      let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
      var values: [Substring: Double] = [:]
      for line in lines where !line.hasPrefix("#") {
        let space = try #require(line.lastIndex(of: " "))
        let number: Double = try #require(Double(line[line.index(after: space)...]), "\(line)")
        values[line[..<space]] = number
      }
      func value(_ parts: String...) -> Double? {
        values.first { entry in parts.allSatisfy { entry.key.contains($0) } }?.value
      }
      let route = "http_route=\"/api/v1/models/{model}\""
      #expect(value("hb_requests_total", route, "status_code=\"200\"") == 3)
      #expect(value("hb_requests_total", route, "status_code=\"404\"") == 1)
      #expect(value("http_server_request_duration_seconds_count", route, "\"200\"") == 3)
      #expect(value("duration_seconds_bucket", route, "\"200\"", "le=\"+Inf\"") == 3)
      #expect(values["registry_jobs{state=\"waiting\"}"] == 1)
      #expect(values["registry_jobs{state=\"running\"}"] == 0)
      #expect(try #require(values["process_resident_memory_bytes"]) > 1e6)
    }
  }
}
