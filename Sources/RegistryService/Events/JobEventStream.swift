internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import RegistryKit
private import ServiceLifecycle

/// What happens to a job, as server-sent events (HTML Living Standard, section 9.2) until it ends.
///
/// The id of an event says where the stream stands: a client that was cut off sends it as
/// `Last-Event-ID` and misses nothing.
struct JobEventStream: Sendable {
  private let job: Int
  private let served: ServedRegistry
  private let start: Position

  /// How often the registry is asked.
  private static let interval = Duration.milliseconds(250)
  /// How often something is sent, so that nobody takes the connection for dead.
  private static let silence = Duration.seconds(15)
  /// The most points of each metric that are sent at once.
  private static let pointLimit = 500

  /// How much was told: all events up to one, and all metrics of a run up to a step.
  struct Position: Sendable, Equatable {
    var event = 0
    /// Which of the job's runs, from 1; none before the first.
    var run = 0
    var step: Int?

    init() {}

    /// Reads the id of an event; the beginning for any other text.
    init(_ text: String?) {
      let parts = (text ?? "").split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count == 3, let event = Int(parts[0]), let run = Int(parts[1]), event >= 0,
        run >= 0
      else { return }
      (self.event, self.run, step) = (event, run, Int(parts[2]))
    }

    var text: String { "\(event)-\(run)-\(step.map(String.init) ?? "")" }
  }

  init(job: Int, served: ServedRegistry, lastEventID: String?) {
    self.job = job
    self.served = served
    start = Position(lastEventID)
  }

  func response() -> Response {
    Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: ResponseBody { writer in
        try await write(to: &writer)
        try await writer.finish(nil)
      })
  }

  private func write(to writer: inout any ResponseBodyWriter) async throws {
    var position = start
    var progress: JobProgress?
    var lastWrite = ContinuousClock.now
    while true {
      let (asked, known) = (position, progress)
      let news = try await served.read { try self.news($0, after: asked, known: known) }
      (position, progress) = (news.position, news.progress)
      if !news.text.isEmpty {
        try await writer.write(ByteBuffer(string: news.text))
        lastWrite = .now
      } else if ContinuousClock.now - lastWrite > Self.silence {
        try await writer.write(ByteBuffer(string: ": still here\n\n"))
        lastWrite = .now
      }
      if news.isEnd || Task.isShuttingDownGracefully { return }
      if !news.isPart { try await Task.sleep(for: Self.interval) }
    }
  }

  private struct News: Sendable {
    var text = ""
    var position: Position
    var progress: JobProgress?
    /// Whether the job has ended and all is told.
    var isEnd = false
    /// Whether there is more already.
    var isPart = false

    mutating func tell(_ event: String, _ data: JSONValue) {
      text += "id: \(position.text)\nevent: \(event)\ndata: \(data.line)\n\n"
    }
  }

  private func news(
    _ registry: Registry, after position: Position, known: JobProgress?
  ) throws -> News {
    var news = News(position: position, progress: known)
    let summary = try registry.job(job).summary
    let hasEnded = summary.endedAt != nil
    try tellMetrics(of: summary, registry, hasEnded, &news)
    if let progress = summary.progress, progress != known {
      news.progress = progress
      news.tell("progress", try JSONValue(encoding: progress))
    }
    for event in try registry.jobEvents(of: job, after: news.position.event, limit: 1_000) {
      // The job may have ended since it was looked at: its end is the last that is told.
      if JobEventAnswer.endings.contains(event.kind), !hasEnded || news.isPart { break }
      news.position.event = event.event
      news.tell(event.kind, try JSONValue(encoding: event))
    }
    news.isEnd = hasEnded && !news.isPart
    return news
  }

  /// Tells the metrics of one run: of steps that are complete, since those of one step may come one
  /// after the other.
  private func tellMetrics(
    of job: JobSummary, _ registry: Registry, _ hasEnded: Bool, _ news: inout News
  ) throws {
    guard !job.runs.isEmpty else { return }
    if news.position.run == 0 { news.position.run = 1 }
    guard news.position.run <= job.runs.count else { return }
    let isLast = news.position.run == job.runs.count
    let run = job.runs[news.position.run - 1]
    let history = try registry.metrics(
      of: run, key: nil, .page(afterStep: news.position.step, limit: Self.pointLimit))
    var steps: [Int: [JSONValue.Member]] = [:]
    for (key, points) in history.metrics.sorted(by: { $0.key < $1.key }) {
      for point in points {
        steps[point.step, default: []].append(.init(key: key, value: .number(point.value)))
      }
    }
    var complete = steps.keys.sorted()
    if let end = history.next {
      complete = complete.filter { $0 <= end }
      news.isPart = true
    } else if isLast, !hasEnded {
      complete.removeLast(min(1, complete.count))
    }
    for step in complete {
      news.position.step = step
      news.tell(
        "metrics",
        .object([
          .init(key: "run", value: .text(run)), .init(key: "step", value: .number("\(step)")),
          .init(key: "metrics", value: .object(steps[step] ?? [])),
        ]))
    }
    if !isLast, !news.isPart {
      news.position.run += 1
      news.position.step = nil
      news.isPart = true
    }
  }
}
