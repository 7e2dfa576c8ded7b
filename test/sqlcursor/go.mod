module github.com/nango-go/sdk/test/sqlcursor

go 1.26.0

require (
	github.com/jackc/pgx/v5 v5.13.0
	github.com/nango-go/sdk v0.0.0
	github.com/stretchr/testify v1.12.1
	modernc.org/sqlite v1.62.0
)

replace github.com/nango-go/sdk => ../..
