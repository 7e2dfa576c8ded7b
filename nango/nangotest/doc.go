// Package nangotest is a Nango server in memory, for tests of programs that use Nango. It is as strict as the real one: it
// refuses what that refuses, with the same codes, and loses what that loses.
package nangotest
