package policy

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/recovery"
)

// fields is the file's table: names, places and bounds. Bounds of what streams remember stay below what their folds keep.
func (p *Policy) fields() []field {
	return []field{
		text("brand", &p.Brand, line(1, 64)),
		text("brand_color", &p.BrandColor, color),
		text("brand_logo", &p.BrandLogo, logo),
		flag("required", &p.Required),
		word("enforcement", &p.Enforcement, AtOnce, UntilActivation, Grace),
		number("grace_days", &p.GraceDays, 0, 90),
		words("factors", &p.Factors, events.TOTP, events.Email, events.SMS),
		flag("exclusive", &p.Exclusive),
		word("user_ids", &p.UserIDs, OpaqueUserIDs, AnyUserIDs),
		flag("require_sealed", &p.RequireSealed),
		text("locale", &p.Locale, languageTag),
		text("return_url", &p.ReturnURL, webAddress),
		span("reauthentication", &p.Reauthentication, 30*time.Second, 5*time.Minute),
		span("step_up", &p.StepUp, 30*time.Second, 5*time.Minute),

		word("totp.algorithm", &p.TOTP.Algorithm, enrollment.SHA1, enrollment.SHA256, enrollment.SHA512),
		number("totp.digits", &p.TOTP.Digits, 6, 8, 7),
		span("totp.period", &p.TOTP.Period, 30*time.Second, time.Minute),
		text("totp.issuer", &p.TOTP.Issuer, issuer),
		number("totp.back", &p.TOTP.Back, 0, 2),
		number("totp.forward", &p.TOTP.Forward, 0, 2),
		flag("totp.second_device", &p.TOTP.SecondDevice),
		flag("totp.needs_email", &p.TOTP.NeedsEmail),
		flag("totp.needs_phone", &p.TOTP.NeedsPhone),

		number("code.digits", &p.Code.Digits, 6, 8),
		span("code.life", &p.Code.Life, time.Minute, 10*time.Minute),

		list("sms.countries", &p.SMS.Countries, countries),
		text("sms.host", &p.SMS.Host, host),

		span("resend.after", &p.Resend.After, 10*time.Second, 10*time.Minute),
		number("resend.per_challenge", &p.Resend.PerChallenge, 1, 10),
		number("resend.per_hour", &p.Resend.PerHour, 1, 30),

		number("budget.per_user", &p.Budget.PerUser, 1, 200),
		number("budget.per_contact", &p.Budget.PerContact, 1, 1_000),
		number("budget.per_prefix", &p.Budget.PerPrefix, 1, 1_000_000),
		number("budget.per_country", &p.Budget.PerCountry, 1, 10_000_000),
		number("budget.per_platform", &p.Budget.PerPlatform, 1, 100_000_000),
		number("budget.notices", &p.Budget.Notices, 1, 20),
		number("budget.pause_after", &p.Budget.PauseAfter, 10, 10_000),
		number("budget.pause_below", &p.Budget.PauseBelow, 0, 50),
		span("budget.pause_window", &p.Budget.PauseWindow, time.Hour, day),
		span("budget.pause_for", &p.Budget.PauseFor, 10*time.Minute, 3*day),

		span("challenge.life", &p.Challenge.Life, 2*time.Minute, 30*time.Minute),
		number("challenge.attempts", &p.Challenge.Attempts, 1, 10),
		number("challenge.open", &p.Challenge.Open, 1, 5),
		number("challenge.logins_per_10m", &p.Challenge.LoginsPer10m, 1, 30),

		number("guess.free", &p.Guess.Free, 0, 9),
		span("guess.window", &p.Guess.Window, time.Hour, day),
		span("guess.first_wait", &p.Guess.FirstWait, time.Second, time.Hour),
		span("guess.max_wait", &p.Guess.MaxWait, time.Minute, day),
		number("guess.suspend_at", &p.Guess.SuspendAt, 10, 100),
		flag("guess.tell_reuse", &p.Guess.TellReuse),

		number("enrollment.per_hour", &p.Enrollment.PerHour, 1, 30),
		number("enrollment.wrong_per_day", &p.Enrollment.WrongPerDay, 1, 30),
		span("enrollment.pending_life", &p.Enrollment.PendingLife, 10*time.Minute, 7*day),
		span("enrollment.required_life", &p.Enrollment.RequiredLife, time.Hour, 90*day),
		number("enrollment.attempts", &p.Enrollment.Attempts, 1, 10),

		number("recovery_codes.count", &p.RecoveryCodes.Count, 8, 16),
		number("recovery_codes.warn_at", &p.RecoveryCodes.WarnAt, 0, 8),

		number("notification.tries", &p.Notification.Tries, 1, 5),

		text("recovery.url", &p.Recovery.URL, pagesAddress),
		words("recovery.steps", &p.Recovery.Steps, recovery.Link, recovery.Text, recovery.Captcha,
			recovery.RecoveryCode, recovery.Approval, recovery.WaitingPeriod),
		span("recovery.link_life", &p.Recovery.LinkLife, time.Minute, 10*time.Minute),
		span("recovery.code_life", &p.Recovery.CodeLife, time.Minute, 10*time.Minute),
		span("recovery.life", &p.Recovery.Life, 10*time.Minute, 2*time.Hour),
		number("recovery.per_hour", &p.Recovery.PerHour, 1, 30),
		number("recovery.wrong_per_day", &p.Recovery.WrongPerDay, 1, 30),
		span("recovery.contact_hold", &p.Recovery.ContactHold, day, 30*day),
		span("recovery.support_wait", &p.Recovery.SupportWait, time.Hour, 7*day),
		span("recovery.support_life", &p.Recovery.SupportLife, day, 30*day),
	}
}
