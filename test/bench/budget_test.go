//go:build !race

package bench

import "testing"

// TestAllocations checks the budgets of the table. The race detector changes how often memory is allocated.
func TestAllocations(t *testing.T) {
	for _, row := range rows {
		for _, side := range row.sides {
			if side.budget == 0 {
				continue
			}
			t.Run(row.name+", "+side.name, func(t *testing.T) {
				work := side.setup(t)
				allocations := testing.AllocsPerRun(20, func() {
					if err := work(); err != nil {
						t.Fatal(err)
					}
				})
				if allocations > side.budget {
					t.Errorf("%.0f allocations, where %.0f are allowed", allocations, side.budget)
				}
				if allocations < 0.9*side.budget {
					t.Errorf("%.0f allocations: %.0f are too many to allow", allocations, side.budget)
				}
			})
		}
	}
}
