package judge

// reasons names the recordings that the server of package nangotest answers otherwise, each with why.
var reasons = map[string]string{}
