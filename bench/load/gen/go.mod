module svclane.dev/bench/gen

go 1.25
