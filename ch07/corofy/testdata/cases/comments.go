//go:build stackful

package cases

import "ch07/future"

func init() { add("comments in frames", framed) }

func framed(w *World) future.Future[int] {
	return future.Async(func(co *future.Co) (n int, err error) {
		// comment 101
		x, y := 1 /* comment 102 */, 2 // comment 103
		var (
			// comment 104
			a, b = x, y // comment 105
			// comment 106
			c int /* comment 107 */
		)
		defer w.Log(a, b /* comment 108 */) // comment 109
		defer func() {
			n += a // comment 110
		}() // comment 111
		if /* comment 112 */ z := must(future.Wait(co, w.Int(3))); /* comment 113 */ z > x { // comment 114
			// comment 115
			future.Wait(co, w.Int(z)) // comment 116
			// comment 117
		} else if /* comment 118 */ z == 0 { // comment 119
			x++ // comment 120
		} else /* comment 121 */ { // comment 122
			// comment 123
		} // comment 124
		// comment 125
	outer: // comment 126
		for /* comment 127 */ i := 0; /* comment 128 */ i < must(future.Wait(co, w.Int(2))); /* comment 129 */ i++ /* comment 130 */ { // comment 131
			for /* comment 132 */ _, j := range /* comment 133 */ []int{1 /* comment 134 */, 2} { // comment 135
				c += must(future.Wait(co, w.Int(j /* comment 136 */))) // comment 137
				if c > 100 {
					break outer // comment 138
				} // comment 139
				// comment 140
			} // comment 141
			continue /* comment 142 */ outer // comment 143
		} // comment 144
		switch /* comment 145 */ c /* comment 146 */ { // comment 147
		// comment 148
		case 1 /* comment 149 */, 2: // comment 150
			// comment 151
			future.Wait(co, w.Int(c)) // comment 152
			// comment 153
			fallthrough // comment 154
		// comment 155
		default: // comment 156
			// comment 157
		} // comment 158
		switch /* comment 159 */ v := any(c).(type) /* comment 160 */ { // comment 161
		case /* comment 162 */ int: // comment 163
			c = v + must(future.Wait(co, w.Int(v))) // comment 164
		} // comment 165
		select { // comment 166
		// comment 167
		case <-closed() /* comment 168 */ : // comment 169
			c += must(future.Wait(co, w.Int(1))) // comment 170
		} // comment 171
		{ // comment 172
			c /* comment 173 */ += /* comment 174 */ must(future.Wait(co, w.Int(2))) * /* comment 175 */ y // comment 176
		} // comment 177
		const k = 5         // comment 178
		type pair2 struct { // comment 179
			a, b int // comment 180
		} // comment 181
		p := pair2{a: k /* comment 182 */} // comment 183
		future.Wait(co, w.Int(p.a))
		for /* comment 184 */ p.a > 0 { // comment 185
			p.a -= k - 1 // comment 186
		}
		n /* comment 187 */, err = /* comment 188 */ future.Wait(co, w.Int(p.a)) // comment 189
		// comment 190
		return /* comment 191 */ c + k, err /* comment 192 */ // comment 193
		// comment 194
	})
}
