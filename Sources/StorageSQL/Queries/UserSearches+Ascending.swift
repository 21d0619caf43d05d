extension UserSearches {
    static let ascending = UserSearches(
        number: Texts(
            users: """
                SELECT id, number, realm, username, username_key, email, email_key, is_active, app_metadata,
                    user_metadata, created_at, updated_at, email_verified_at, banned_until, deactivated_at,
                    last_sign_in_at, language, version
                FROM (
                    SELECT * FROM users WHERE realm = $1 AND number > $2 AND number > $3
                    ORDER BY number LIMIT $4) AS looked_at
                WHERE ($6 < 0 OR is_active = $6)
                    AND ($7 < 0 OR CASE WHEN banned_until > $8 THEN 1 ELSE 0 END = $7)
                    AND ($9 < 0 OR CASE WHEN deactivated_at IS NULL THEN 0 ELSE 1 END = $9)
                    AND ($10 < 0 OR CASE WHEN email_verified_at IS NULL THEN 0 ELSE 1 END = $10)
                    AND created_at >= $11 AND created_at < $12
                    AND coalesce(last_sign_in_at, -1) >= $13 AND coalesce(last_sign_in_at, -1) < $14
                    AND ($15 = 0 OR EXISTS (
                        SELECT 1 FROM user_roles ur WHERE ur.user_id = looked_at.id AND ur.role_id = $16)
                    OR EXISTS (
                        SELECT 1 FROM access_links l WHERE l.holder = looked_at.id AND l.held = $16
                            AND (l.expires_at IS NULL OR l.expires_at > $8)))
                    AND ($17 = '' OR username_key LIKE $17 ESCAPE '!' OR email_key LIKE $17 ESCAPE '!'
                        OR CAST(number AS TEXT) LIKE $18 ESCAPE '!')
                    AND ($19 = '' OR username_key LIKE $19 ESCAPE '!')
                    AND ($20 = '' OR email_key LIKE $20 ESCAPE '!')
                ORDER BY number LIMIT $5
                """,
            end: """
                SELECT number, number FROM users WHERE realm = $1 AND number > $2 AND number > $3
                ORDER BY number LIMIT 1 OFFSET $4
                """),
        username: Texts(
            users: """
                SELECT id, number, realm, username, username_key, email, email_key, is_active, app_metadata,
                    user_metadata, created_at, updated_at, email_verified_at, banned_until, deactivated_at,
                    last_sign_in_at, language, version
                FROM (
                    SELECT * FROM users WHERE realm = $1 AND (username_key, number) > ($2, $3)
                    ORDER BY username_key, number LIMIT $4) AS looked_at
                WHERE ($6 < 0 OR is_active = $6)
                    AND ($7 < 0 OR CASE WHEN banned_until > $8 THEN 1 ELSE 0 END = $7)
                    AND ($9 < 0 OR CASE WHEN deactivated_at IS NULL THEN 0 ELSE 1 END = $9)
                    AND ($10 < 0 OR CASE WHEN email_verified_at IS NULL THEN 0 ELSE 1 END = $10)
                    AND created_at >= $11 AND created_at < $12
                    AND coalesce(last_sign_in_at, -1) >= $13 AND coalesce(last_sign_in_at, -1) < $14
                    AND ($15 = 0 OR EXISTS (
                        SELECT 1 FROM user_roles ur WHERE ur.user_id = looked_at.id AND ur.role_id = $16)
                    OR EXISTS (
                        SELECT 1 FROM access_links l WHERE l.holder = looked_at.id AND l.held = $16
                            AND (l.expires_at IS NULL OR l.expires_at > $8)))
                    AND ($17 = '' OR username_key LIKE $17 ESCAPE '!' OR email_key LIKE $17 ESCAPE '!'
                        OR CAST(number AS TEXT) LIKE $18 ESCAPE '!')
                    AND ($19 = '' OR username_key LIKE $19 ESCAPE '!')
                    AND ($20 = '' OR email_key LIKE $20 ESCAPE '!')
                ORDER BY username_key, number LIMIT $5
                """,
            end: """
                SELECT username_key, number FROM users WHERE realm = $1 AND (username_key, number) > ($2, $3)
                ORDER BY username_key, number LIMIT 1 OFFSET $4
                """),
        email: Texts(
            users: """
                SELECT id, number, realm, username, username_key, email, email_key, is_active, app_metadata,
                    user_metadata, created_at, updated_at, email_verified_at, banned_until, deactivated_at,
                    last_sign_in_at, language, version
                FROM (
                    SELECT * FROM users WHERE realm = $1 AND (email_key, number) > ($2, $3)
                    ORDER BY email_key, number LIMIT $4) AS looked_at
                WHERE ($6 < 0 OR is_active = $6)
                    AND ($7 < 0 OR CASE WHEN banned_until > $8 THEN 1 ELSE 0 END = $7)
                    AND ($9 < 0 OR CASE WHEN deactivated_at IS NULL THEN 0 ELSE 1 END = $9)
                    AND ($10 < 0 OR CASE WHEN email_verified_at IS NULL THEN 0 ELSE 1 END = $10)
                    AND created_at >= $11 AND created_at < $12
                    AND coalesce(last_sign_in_at, -1) >= $13 AND coalesce(last_sign_in_at, -1) < $14
                    AND ($15 = 0 OR EXISTS (
                        SELECT 1 FROM user_roles ur WHERE ur.user_id = looked_at.id AND ur.role_id = $16)
                    OR EXISTS (
                        SELECT 1 FROM access_links l WHERE l.holder = looked_at.id AND l.held = $16
                            AND (l.expires_at IS NULL OR l.expires_at > $8)))
                    AND ($17 = '' OR username_key LIKE $17 ESCAPE '!' OR email_key LIKE $17 ESCAPE '!'
                        OR CAST(number AS TEXT) LIKE $18 ESCAPE '!')
                    AND ($19 = '' OR username_key LIKE $19 ESCAPE '!')
                    AND ($20 = '' OR email_key LIKE $20 ESCAPE '!')
                ORDER BY email_key, number LIMIT $5
                """,
            end: """
                SELECT email_key, number FROM users WHERE realm = $1 AND (email_key, number) > ($2, $3)
                ORDER BY email_key, number LIMIT 1 OFFSET $4
                """),
        createdAt: Texts(
            users: """
                SELECT id, number, realm, username, username_key, email, email_key, is_active, app_metadata,
                    user_metadata, created_at, updated_at, email_verified_at, banned_until, deactivated_at,
                    last_sign_in_at, language, version
                FROM (
                    SELECT * FROM users WHERE realm = $1 AND (created_at, number) > ($2, $3)
                    ORDER BY created_at, number LIMIT $4) AS looked_at
                WHERE ($6 < 0 OR is_active = $6)
                    AND ($7 < 0 OR CASE WHEN banned_until > $8 THEN 1 ELSE 0 END = $7)
                    AND ($9 < 0 OR CASE WHEN deactivated_at IS NULL THEN 0 ELSE 1 END = $9)
                    AND ($10 < 0 OR CASE WHEN email_verified_at IS NULL THEN 0 ELSE 1 END = $10)
                    AND created_at >= $11 AND created_at < $12
                    AND coalesce(last_sign_in_at, -1) >= $13 AND coalesce(last_sign_in_at, -1) < $14
                    AND ($15 = 0 OR EXISTS (
                        SELECT 1 FROM user_roles ur WHERE ur.user_id = looked_at.id AND ur.role_id = $16)
                    OR EXISTS (
                        SELECT 1 FROM access_links l WHERE l.holder = looked_at.id AND l.held = $16
                            AND (l.expires_at IS NULL OR l.expires_at > $8)))
                    AND ($17 = '' OR username_key LIKE $17 ESCAPE '!' OR email_key LIKE $17 ESCAPE '!'
                        OR CAST(number AS TEXT) LIKE $18 ESCAPE '!')
                    AND ($19 = '' OR username_key LIKE $19 ESCAPE '!')
                    AND ($20 = '' OR email_key LIKE $20 ESCAPE '!')
                ORDER BY created_at, number LIMIT $5
                """,
            end: """
                SELECT created_at, number FROM users WHERE realm = $1 AND (created_at, number) > ($2, $3)
                ORDER BY created_at, number LIMIT 1 OFFSET $4
                """),
        lastSignInAt: Texts(
            users: """
                SELECT id, number, realm, username, username_key, email, email_key, is_active, app_metadata,
                    user_metadata, created_at, updated_at, email_verified_at, banned_until, deactivated_at,
                    last_sign_in_at, language, version
                FROM (
                    SELECT * FROM users WHERE realm = $1 AND (coalesce(last_sign_in_at, 0), number) > ($2, $3)
                    ORDER BY coalesce(last_sign_in_at, 0), number LIMIT $4) AS looked_at
                WHERE ($6 < 0 OR is_active = $6)
                    AND ($7 < 0 OR CASE WHEN banned_until > $8 THEN 1 ELSE 0 END = $7)
                    AND ($9 < 0 OR CASE WHEN deactivated_at IS NULL THEN 0 ELSE 1 END = $9)
                    AND ($10 < 0 OR CASE WHEN email_verified_at IS NULL THEN 0 ELSE 1 END = $10)
                    AND created_at >= $11 AND created_at < $12
                    AND coalesce(last_sign_in_at, -1) >= $13 AND coalesce(last_sign_in_at, -1) < $14
                    AND ($15 = 0 OR EXISTS (
                        SELECT 1 FROM user_roles ur WHERE ur.user_id = looked_at.id AND ur.role_id = $16)
                    OR EXISTS (
                        SELECT 1 FROM access_links l WHERE l.holder = looked_at.id AND l.held = $16
                            AND (l.expires_at IS NULL OR l.expires_at > $8)))
                    AND ($17 = '' OR username_key LIKE $17 ESCAPE '!' OR email_key LIKE $17 ESCAPE '!'
                        OR CAST(number AS TEXT) LIKE $18 ESCAPE '!')
                    AND ($19 = '' OR username_key LIKE $19 ESCAPE '!')
                    AND ($20 = '' OR email_key LIKE $20 ESCAPE '!')
                ORDER BY coalesce(last_sign_in_at, 0), number LIMIT $5
                """,
            end: """
                SELECT coalesce(last_sign_in_at, 0), number FROM users WHERE realm = $1 AND (coalesce(last_sign_in_at, 0), number) > ($2, $3)
                ORDER BY coalesce(last_sign_in_at, 0), number LIMIT 1 OFFSET $4
                """))
}
