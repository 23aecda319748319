private import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes

/// Closes connections whose other end is so slow that it only takes up room: that does not finish a
/// request's head, sends a body by drops, or does not read what it asked for.
///
/// Used on the event loop of its channel alone.
final class SlowClientGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// The fewest bytes of a body that must come in a second, while somebody waits for them.
  private static let minimumRate: Int64 = 256

  private let timeout: TimeAmount
  private let idleTimeout: TimeAmount
  private var deadline: Scheduled<Void>?
  private var writing: Scheduled<Void>?
  private var isReadingBody = false
  private var openAnswers = 0
  private var isWaitingForBytes = false
  private var receivedBytes: Int64 = 0

  /// A guard that gives a head, or the next part of a body, `timeout`, and a connection that was
  /// used before `idleTimeout` until its next request.
  init(timeout: TimeAmount, idleTimeout: TimeAmount) {
    self.timeout = timeout
    self.idleTimeout = idleTimeout
  }

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { close(context, in: timeout) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    deadline?.cancel()
    writing?.cancel()
  }

  func channelActive(context: ChannelHandlerContext) {
    close(context, in: timeout)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    writing?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      openAnswers += 1
      isReadingBody = true
      receivedBytes = 0
      watchBody(context)
    case .body(let buffer): receivedBytes += Int64(buffer.readableBytes)
    case .end:
      isReadingBody = false
      if openAnswers == 0 { close(context, in: idleTimeout) } else { deadline?.cancel() }
    }
    context.fireChannelRead(data)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isWaitingForBytes = false
    context.fireChannelReadComplete()
  }

  func read(context: ChannelHandlerContext) {
    isWaitingForBytes = true
    context.read()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    // The answer is whole: the next request has its time, and what is left of this one's body too.
    if case .end = unwrapOutboundIn(data) {
      openAnswers -= 1
      close(context, in: isReadingBody ? timeout : idleTimeout)
    }
    context.write(data, promise: promise)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    writing?.cancel()
    if !context.channel.isWritable {
      writing = schedule(context, in: timeout) { $0.close(promise: nil) }
    }
    context.fireChannelWritabilityChanged()
  }

  /// Looks from time to time whether enough of a body has come.
  private func watchBody(_ context: ChannelHandlerContext) {
    deadline?.cancel()
    let least = max(1, Self.minimumRate * timeout.nanoseconds / 1_000_000_000)
    deadline = schedule(context, in: timeout) { [self] context in
      guard isReadingBody else { return }
      // Who is not asked for more is not slow.
      if isWaitingForBytes && receivedBytes < least { return context.close(promise: nil) }
      receivedBytes = 0
      watchBody(context)
    }
  }

  private func close(_ context: ChannelHandlerContext, in time: TimeAmount) {
    deadline?.cancel()
    deadline = schedule(context, in: time) { $0.close(promise: nil) }
  }

  private func schedule(
    _ context: ChannelHandlerContext, in time: TimeAmount,
    _ body: @escaping (ChannelHandlerContext) -> Void
  ) -> Scheduled<Void> {
    context.eventLoop.assumeIsolated().scheduleTask(in: time) { body(context) }
  }
}
