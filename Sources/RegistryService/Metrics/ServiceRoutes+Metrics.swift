private import Glibc
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import RegistryKit

extension ServiceRoutes {
  /// What Prometheus asks for: the requests that were answered, the jobs that wait and run, and this
  /// process.
  static func addMetrics(
    _ metrics: PrometheusMetrics, to router: Router<ServiceContext>, of served: ServedRegistry
  ) {
    router.get("metrics") { _, _ in
      let jobs = try await served.read { try $0.jobCounts() }
      var text = metrics.text + "# TYPE registry_jobs gauge\n"
      for (state, count) in [("waiting", jobs.waiting), ("running", jobs.running)] {
        text += PrometheusMetrics.gauge("registry_jobs", [("state", state)], Double(count))
      }
      text += "# TYPE process_resident_memory_bytes gauge\n"
      text += PrometheusMetrics.gauge("process_resident_memory_bytes", [], residentBytes)
      return Response(
        status: .ok,
        headers: [
          .contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store",
        ], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
  }

  /// The memory of this process that is in use now; zero where the system does not tell.
  private static var residentBytes: Double {
    guard let file = fopen("/proc/self/statm", "re") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
    let text = String(
      decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
    return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
  }
}
