import Testing

@testable import Webhooks

@Suite("Wake signal") struct WakeSignalTests {
  @Test("wakes the task that waits, and is remembered once when none does", .timeLimit(.minutes(1)))
  func sending() async {
    let wakeSignal = WakeSignal()
    wakeSignal.send()
    wakeSignal.send()
    let clock = ContinuousClock()
    let remembered = await clock.measure { await wakeSignal.wait(.seconds(60)) }
    #expect(remembered < .seconds(30))
    let silence = await clock.measure { await wakeSignal.wait(.milliseconds(20)) }
    #expect(silence >= .milliseconds(20))
    for _ in 0..<100 {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await wakeSignal.wait(.seconds(60)) }
        group.addTask { wakeSignal.send() }
      }
    }
  }

  @Test("cancellation ends the wait", .timeLimit(.minutes(1)))
  func cancellation() async {
    let waiting = Task { await WakeSignal().wait(.seconds(600)) }
    waiting.cancel()
    await waiting.value
  }
}
