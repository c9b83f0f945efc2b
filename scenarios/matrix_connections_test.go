package scenarios_test

// connectionsMatrix are the faults of a server that keeps too much, or too little, of one request for the next.
func connectionsMatrix() []matrixRow {
	return []matrixRow{
		{"forgets-certificates-of-sessions", strict, []string{"SEC-01.own", "SEC-07.own"}},
		{"forgets-certificates-of-sessions", current, []string{"SEC-01.own", "SEC-07.own"}},
		{"shares-tickets", strict, []string{"SEC-03"}},
		{"remembers-who-asked", strict, []string{"CBT-14.one-connection", "SEC-10.same-certificate"}},
		{"remembers-who-asked", current, []string{"CBT-14.one-connection", "SEC-10.same-certificate"}},
		{"believes-connections", strict, []string{"SEC-10.other-certificate"}},
		{"believes-connections", current, []string{"SEC-10.other-certificate"}},
		{"binds-to-the-first-request", strict, []string{"CBT-14.one-connection"}},
		{"binds-to-the-first-request", current, []string{"CBT-14.one-connection"}},
	}
}
