import Testing

@testable import Webhooks

@Suite("Alarm") struct AlarmTests {
  @Test("ringing wakes who waits, and is remembered once when nobody does", .timeLimit(.minutes(1)))
  func ringing() async {
    let alarm = Alarm()
    alarm.ring()
    alarm.ring()
    let clock = ContinuousClock()
    let remembered = await clock.measure { await alarm.wait(.seconds(60)) }
    #expect(remembered < .seconds(30))
    let silence = await clock.measure { await alarm.wait(.milliseconds(20)) }
    #expect(silence >= .milliseconds(20))
    for _ in 0..<100 {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await alarm.wait(.seconds(60)) }
        group.addTask { alarm.ring() }
      }
    }
  }

  @Test("cancellation ends the wait", .timeLimit(.minutes(1)))
  func cancellation() async {
    let waiting = Task { await Alarm().wait(.seconds(600)) }
    waiting.cancel()
    await waiting.value
  }
}
