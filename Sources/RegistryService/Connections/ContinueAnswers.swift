private import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes

/// Tells clients that ask first (`Expect: 100-continue`, RFC 9110, section 10.1.1) to send their body,
/// as curl does with more than a megabyte; without an answer they wait a second.
///
/// Used on the event loop of its channel alone.
final class ContinueAnswers: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private static let expect = HTTPField.Name("Expect")
  /// An answer within another would be taken for a part of it.
  private var openAnswers = 0

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head(let head) = unwrapInboundIn(data) {
      openAnswers += 1
      if openAnswers == 1, let name = Self.expect,
        head.headerFields[name]?.lowercased() == "100-continue"
      {
        context.writeAndFlush(
          wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
      }
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) { openAnswers -= 1 }
    context.write(data, promise: promise)
  }
}
