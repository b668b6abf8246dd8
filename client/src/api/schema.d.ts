/** Made by `npm run types` from the OpenAPI document of the route table. Do not edit. */
export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Is the broker up? */
        post: operations["post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/authentication": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in, by the older paths */
        post: operations["post_authentication"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/grpc-logger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Store an entry, by the older path
         * @description Open to everybody while every address of the mesh is loopback and it is not production; elsewhere a token is needed.
         */
        post: operations["post_grpc_logger"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/handle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call a row by its action
         * @description The argument stands under the action's name. Answers are envelopes, with an honest status.
         */
        post: operations["post_handle"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Does the process live? */
        get: operations["get_health_live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Does it take calls, and what is missing? */
        get: operations["get_health_ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in, by the older paths */
        post: operations["post_login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Sign out, by the older path */
        get: operations["get_logout"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Figures, for Prometheus */
        get: operations["get_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["get_openapi_json"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Is anybody there? */
        get: operations["get_ping"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/rabbitmq-logger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand over an entry, by the older path
         * @description Open to everybody while every address of the mesh is loopback and it is not production; elsewhere a token is needed.
         */
        post: operations["post_rabbitmq_logger"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign up, by the older path */
        post: operations["post_register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/renew-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Renew both tokens, by the older path */
        get: operations["get_renew_token"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/user": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show one's own account, by the older path */
        get: operations["get_user"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Find dead letters, the latest first */
        get: operations["get_v1_admin_dead_letters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/dead-letters/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Count dead letters by queue, kind and cause */
        get: operations["get_v1_admin_dead_letters_groups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/dead-letters/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a dead letter with its body, headers and reason */
        get: operations["get_v1_admin_dead_letters_by_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/dead-letters/{id}/edited": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put an edited copy in the place of a dead letter */
        post: operations["post_v1_admin_dead_letters_by_id_edited"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/mesh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Look at the mesh: services with their instances, the load of each row, and alarms */
        get: operations["get_v1_admin_mesh"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/operations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List operations, the latest first */
        get: operations["get_v1_admin_operations"];
        put?: never;
        /** Replay, discard or purge dead letters, by ids or by a filter */
        post: operations["post_v1_admin_operations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/operations/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show how far an operation is, and what it left out */
        get: operations["get_v1_admin_operations_by_id"];
        put?: never;
        post?: never;
        /** Stop an operation before its next letters */
        delete: operations["delete_v1_admin_operations_by_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/admin/queues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Look at the queues: how much is in them, how fast it comes and goes, how old it is */
        get: operations["get_v1_admin_queues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Find entries of the audit, newest first */
        get: operations["get_v1_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit/tail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Watch the audit */
        get: operations["get_v1_audit_tail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make several calls in one
         * @description Side by side, within one deadline, and answered in their order. `${ID.body.FIELD}` takes a value from the answer of an earlier call, and waits for it. One that fails does not fail the others.
         */
        post: operations["post_v1_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What has become of a call that is answered later
         * @description For whoever made it; where nobody had to be signed in for that, for whoever knows its id.
         */
        get: operations["get_v1_calls_by_id"];
        put?: never;
        post?: never;
        /** Cancel a call that has not begun */
        delete: operations["delete_v1_calls_by_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand over an entry to be stored a moment later
         * @description Open to everybody while every address of the mesh is loopback and it is not production; elsewhere a token is needed.
         */
        post: operations["post_v1_events_logs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch what rows answer, and what streams bring
         * @description Server-sent events: `hello`, then `snapshot`, `entries`, `gap` and `problem` of each topic, and `bye`.
         */
        get: operations["get_v1_live"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Find entries, newest first */
        get: operations["get_v1_logs"];
        put?: never;
        /**
         * Store an entry of the activity log
         * @description Open to everybody while every address of the mesh is loopback and it is not production; elsewhere a token is needed.
         */
        post: operations["post_v1_logs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs/tail": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Watch entries arrive */
        get: operations["get_v1_logs_tail"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/math/{op}/{numbers}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Calculate exactly: add, subtract, multiply, divide or factors
         * @description Open to everybody while every address of the mesh is loopback and it is not production; elsewhere a token is needed.
         */
        get: operations["get_v1_math_by_op_by_numbers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show one's own account */
        get: operations["get_v1_me"];
        put?: never;
        post?: never;
        /** Delete one's account */
        delete: operations["delete_v1_me"];
        options?: never;
        head?: never;
        /** Change one's name */
        patch: operations["patch_v1_me"];
        trace?: never;
    };
    "/v1/me/addresses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List one's addresses */
        get: operations["get_v1_me_addresses"];
        put?: never;
        /** Add an address */
        post: operations["post_v1_me_addresses"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/addresses/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Replace an address */
        put: operations["put_v1_me_addresses_by_id"];
        post?: never;
        /** Remove an address */
        delete: operations["delete_v1_me_addresses_by_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List one's API keys */
        get: operations["get_v1_me_api_keys"];
        put?: never;
        /** Make an API key, which is shown once */
        post: operations["post_v1_me_api_keys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke an API key */
        delete: operations["delete_v1_me_api_keys_by_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change one's e-mail */
        post: operations["post_v1_me_email"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change one's password, which ends other sessions */
        post: operations["post_v1_me_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/password-resets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set a new password with the token of a reset link */
        post: operations["post_v1_password_resets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List where one is signed in */
        get: operations["get_v1_sessions"];
        put?: never;
        /** Sign in; browser = true keeps the refresh token in a cookie */
        post: operations["post_v1_sessions"];
        /** Sign out everywhere */
        delete: operations["delete_v1_sessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Sign out; browsers show their token as a cookie */
        delete: operations["delete_v1_sessions_current"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Renew both tokens; browsers show theirs as a cookie */
        post: operations["post_v1_sessions_refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one session */
        delete: operations["delete_v1_sessions_by_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Find users by name or e-mail */
        get: operations["get_v1_users"];
        put?: never;
        /** Sign up */
        post: operations["post_v1_users"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a user */
        get: operations["get_v1_users_by_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change a user's role, or disable the account */
        patch: operations["patch_v1_users_by_id"];
        trace?: never;
    };
    "/v1/users/{id}/reset-link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a link that sets a new password, once */
        post: operations["post_v1_users_by_id_reset_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A call that is answered later. */
        Call: {
            /** Format: date-time */
            accepted_at: string;
            attempts: number;
            error?: components["schemas"]["Problem"];
            /** Format: date-time */
            finished_at?: string | null;
            /** Format: uuid */
            id: string;
            /** @description What it would have been answered, once it is done. */
            result?: unknown;
            /** @description The row that it goes over. */
            route: string;
            /** Format: date-time */
            started_at?: string | null;
            /** @description `queued`, `running`, `done`, `failed` or `cancelled`. */
            state: string;
            /** @description What it would have been answered with. */
            status?: number | null;
        };
        /**
         * @description Problem details (RFC 9457).
         * @example {
         *       "code": "invalid_argument",
         *       "detail": "limit: must be from 1 to 500",
         *       "errors": [
         *         {
         *           "detail": "must be from 1 to 500",
         *           "field": "limit"
         *         }
         *       ],
         *       "instance": "/v1/logs",
         *       "status": 400,
         *       "title": "Bad Request",
         *       "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
         *       "type": "about:blank"
         *     }
         */
        Problem: {
            /** @description The code of google.rpc, in small letters. */
            code: string;
            /** @description What is wrong and what to do. */
            detail: string;
            errors?: {
                detail: string;
                field: string;
            }[];
            /** @description The path that was asked for. */
            instance?: string;
            /** @description Seconds, as in the header. */
            retry_after?: number;
            status: number;
            title: string;
            /** @description Finds the call in the log. */
            trace_id?: string;
            /** Format: uri-reference */
            type: string;
        };
        ProblemInEnvelope: {
            data: components["schemas"]["Problem"];
            /** @constant */
            error: true;
            message: string;
        };
        "handle-auth": {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            action: "auth";
            auth?: {
                email?: string;
                /** Format: password */
                password?: string;
            };
        };
        "handle-log": {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            action: "log";
            log?: {
                /**
                 * Format: date-time
                 * @description When it happened; the time of storing when missing.
                 */
                created_at?: string;
                /** @description At most 256 KiB. */
                data?: string;
                /** @description Given by who may send the same entry twice, such as an event's id; 1 to 128 bytes. Made here when missing. */
                id?: string;
                /**
                 * @description INFO when missing.
                 * @enum {string}
                 */
                level?: "DEBUG" | "INFO" | "WARNING" | "ERROR";
                /** @description 1 to 200 bytes. */
                name?: string;
            };
        };
        "handle-math": {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            action: "math";
            math: {
                numbers: string;
                op: string;
            };
        };
        "logger.v1.Entry": {
            /** @description Whether it belongs to the audit. */
            audit: boolean;
            /** Format: date-time */
            created_at?: string;
            data: string;
            id: string;
            /** @enum {string} */
            level: "LEVEL_UNSPECIFIED" | "DEBUG" | "INFO" | "WARNING" | "ERROR";
            name: string;
            /**
             * @description How it came the first time; unspecified for what was stored before that was noted.
             * @enum {string}
             */
            via: "VIA_UNSPECIFIED" | "GRPC" | "QUEUE";
        };
        "logger.v1.Gap": {
            /**
             * Format: uint64
             * @description How many entries were left out; 0 when that is not known.
             */
            missed: string;
        };
        "logger.v1.QueryResponse": {
            entries: components["schemas"]["logger.v1.Entry"][];
            /** @description Where the next page begins; empty on the last one. */
            next_cursor: string;
        };
        "logger.v1.TailResponse": {
            entry?: components["schemas"]["logger.v1.Entry"];
            /** @description Entries that this reader was too slow for, or that came faster than could be followed. */
            gap?: components["schemas"]["logger.v1.Gap"];
            /** @description Where to go on after this message; alone where only the position has moved. Told where `after` was sent. */
            position?: string;
        } & (unknown | unknown | unknown);
    };
    responses: {
        /** @description The service answered something that is no answer. */
        BadAnswer: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The service answered something that is no answer. */
        BadAnswerInEnvelope: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description The call was cancelled before it was answered. */
        Cancelled: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The call was cancelled before it was answered. */
        CancelledInEnvelope: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description It is there already, or is being done at this moment. */
        Conflict: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It is there already, or is being done at this moment. */
        ConflictInEnvelope: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description The service failed, in its own words. */
        Failed: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The service failed, in its own words. */
        FailedInEnvelope: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description A fault on this side; `trace_id` finds it in the log. */
        Fault: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A fault on this side; `trace_id` finds it in the log. */
        FaultInEnvelope: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description The role is missing, or the service refuses this caller. */
        Forbidden: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The role is missing, or the service refuses this caller. */
        ForbiddenInEnvelope: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description It was there, and is not kept any longer. */
        Gone: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It was there, and is not kept any longer. */
        GoneInEnvelope: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description The request is wrong; `errors` names the fields. */
        Invalid: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request is wrong; `errors` names the fields. */
        InvalidInEnvelope: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description The deadline passed; `detail` says where. */
        Late: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The deadline passed; `detail` says where. */
        LateInEnvelope: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description There is no such thing. */
        NotFound: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such thing. */
        NotFoundInEnvelope: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description The service refuses it, in its own words. */
        Refused: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The service refuses it, in its own words. */
        RefusedInEnvelope: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description The body has more than 1 MiB. */
        TooLarge: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body has more than 1 MiB. */
        TooLargeInEnvelope: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description The caller, or everybody together, calls too often. */
        TooMany: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Retry-After": components["headers"]["Retry-After"];
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The caller, or everybody together, calls too often. */
        TooManyInEnvelope: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Retry-After": components["headers"]["Retry-After"];
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description The body did not arrive in time. */
        TooSlow: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body did not arrive in time. */
        TooSlowInEnvelope: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description No token was sent, or the one that was is not believed. */
        Unauthenticated: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No token was sent, or the one that was is not believed. */
        UnauthenticatedInEnvelope: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description Something is away or busy: try again. */
        Unavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Something is away or busy: try again. */
        UnavailableInEnvelope: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description The service does not know this method. */
        Unimplemented: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The service does not know this method. */
        UnimplementedInEnvelope: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description It makes no sense, or the Idempotency-Key belongs to another body. */
        Unprocessable: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It makes no sense, or the Idempotency-Key belongs to another body. */
        UnprocessableInEnvelope: {
            headers: {
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
        /** @description The path takes other methods. */
        WrongMethod: {
            headers: {
                Allow: components["headers"]["Allow"];
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The path takes other methods. */
        WrongMethodInEnvelope: {
            headers: {
                Allow: components["headers"]["Allow"];
                "x-attempts": components["headers"]["x-attempts"];
                "x-request-id": components["headers"]["x-request-id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["ProblemInEnvelope"];
            };
        };
    };
    parameters: {
        /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
        IdempotencyKey: string;
        /** @description `respond-async` answers 202 at once, `wait=N` waits for at most N seconds before that (RFC 7240). */
        Prefer: string;
        /** @description An id of the caller's own, which the answer repeats. */
        RequestId: string;
        /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
        Timeout: number;
        /** @description The trace to go on with (W3C Trace Context). */
        Traceparent: string;
    };
    requestBodies: never;
    headers: {
        /** @description The methods that the path takes. */
        Allow: string;
        /** @description Changes when the document does. */
        ETag: string;
        /** @description `true` where the answer to an earlier call with the same key is given again. */
        "Idempotency-Replayed": string;
        /** @description Where the result will be. */
        Location: string;
        /** @description What was followed of `Prefer`. */
        "Preference-Applied": string;
        /** @description What is left, as `"caller";r=199;t=1`: calls, and seconds until there are more. */
        RateLimit: string;
        /** @description The limit, as `"caller";q=200;w=1`: calls, and for how many seconds they are. */
        "RateLimit-Policy": string;
        /** @description When to try again, in seconds. */
        "Retry-After": number;
        /** @description `Bearer`; with `error="invalid_token"` where a token is not believed, with `error="insufficient_scope"` where a role is missing. */
        "WWW-Authenticate": string;
        /** @description How often the service was asked, where that was more than once. */
        "x-attempts": number;
        /** @description The caller's own id, else one that was made; finds the call in the log. */
        "x-request-id": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        error: false;
                        message: string;
                    };
                };
            };
            503: components["responses"]["Unavailable"];
        };
    };
    post_authentication: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "***"
                 *     }
                 */
                "application/json": {
                    email?: string;
                    /** Format: password */
                    password?: string;
                };
            };
        };
        responses: {
            400: components["responses"]["InvalidInEnvelope"];
            408: components["responses"]["TooSlowInEnvelope"];
            409: components["responses"]["ConflictInEnvelope"];
            413: components["responses"]["TooLargeInEnvelope"];
            422: components["responses"]["UnprocessableInEnvelope"];
            429: components["responses"]["TooManyInEnvelope"];
            500: components["responses"]["FaultInEnvelope"];
            502: components["responses"]["BadAnswerInEnvelope"];
            503: components["responses"]["UnavailableInEnvelope"];
            504: components["responses"]["LateInEnvelope"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: Record<string, never>;
                        /** @constant */
                        error: false;
                        message: string;
                    };
                };
            };
            "4XX": components["responses"]["RefusedInEnvelope"];
            "5XX": components["responses"]["FailedInEnvelope"];
        };
    };
    post_grpc_logger: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description `respond-async` answers 202 at once, `wait=N` waits for at most N seconds before that (RFC 7240). */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "created_at": "2026-01-02T03:04:05Z",
                 *       "data": "text",
                 *       "id": "text",
                 *       "level": "DEBUG",
                 *       "name": "text"
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: date-time
                     * @description When it happened; the time of storing when missing.
                     */
                    created_at?: string;
                    /** @description At most 256 KiB. */
                    data?: string;
                    /** @description Given by who may send the same entry twice, such as an event's id; 1 to 128 bytes. Made here when missing. */
                    id?: string;
                    /**
                     * @description INFO when missing.
                     * @enum {string}
                     */
                    level?: "DEBUG" | "INFO" | "WARNING" | "ERROR";
                    /** @description 1 to 200 bytes. */
                    name?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["logger.v1.Entry"];
                        /** @constant */
                        error: false;
                        message: string;
                    };
                };
            };
            /** @description Kept: `Location` is where the result will be. */
            202: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    Location: components["headers"]["Location"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Call"];
                        /** @constant */
                        error: false;
                        message: string;
                    };
                };
            };
            400: components["responses"]["InvalidInEnvelope"];
            401: components["responses"]["UnauthenticatedInEnvelope"];
            403: components["responses"]["ForbiddenInEnvelope"];
            404: components["responses"]["NotFoundInEnvelope"];
            408: components["responses"]["TooSlowInEnvelope"];
            409: components["responses"]["ConflictInEnvelope"];
            413: components["responses"]["TooLargeInEnvelope"];
            422: components["responses"]["UnprocessableInEnvelope"];
            429: components["responses"]["TooManyInEnvelope"];
            499: components["responses"]["CancelledInEnvelope"];
            500: components["responses"]["FaultInEnvelope"];
            501: components["responses"]["UnimplementedInEnvelope"];
            503: components["responses"]["UnavailableInEnvelope"];
            504: components["responses"]["LateInEnvelope"];
        };
    };
    post_handle: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description `respond-async` answers 202 at once, `wait=N` waits for at most N seconds before that (RFC 7240). */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["handle-auth"] | components["schemas"]["handle-log"] | components["schemas"]["handle-math"];
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["logger.v1.Entry"];
                        /** @constant */
                        error: false;
                        message: string;
                    };
                };
            };
            /** @description Done. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Call"];
                        /** @constant */
                        error: false;
                        message: string;
                    };
                };
            };
            400: components["responses"]["InvalidInEnvelope"];
            401: components["responses"]["UnauthenticatedInEnvelope"];
            403: components["responses"]["ForbiddenInEnvelope"];
            404: components["responses"]["NotFoundInEnvelope"];
            408: components["responses"]["TooSlowInEnvelope"];
            409: components["responses"]["ConflictInEnvelope"];
            413: components["responses"]["TooLargeInEnvelope"];
            422: components["responses"]["UnprocessableInEnvelope"];
            429: components["responses"]["TooManyInEnvelope"];
            499: components["responses"]["CancelledInEnvelope"];
            500: components["responses"]["FaultInEnvelope"];
            501: components["responses"]["UnimplementedInEnvelope"];
            502: components["responses"]["BadAnswerInEnvelope"];
            503: components["responses"]["UnavailableInEnvelope"];
            504: components["responses"]["LateInEnvelope"];
            /** @description Done. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: Record<string, never>;
                        /** @constant */
                        error: false;
                        message: string;
                    } | {
                        data: Record<string, never>;
                        /** @constant */
                        error: false;
                        message: string;
                    };
                };
            };
            "4XX": components["responses"]["RefusedInEnvelope"];
            "5XX": components["responses"]["FailedInEnvelope"];
        };
    };
    get_health_live: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
    get_health_ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description Not at the moment. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
    post_login: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "password": "***"
                 *     }
                 */
                "application/json": {
                    email?: string;
                    /** Format: password */
                    password?: string;
                };
            };
        };
        responses: {
            400: components["responses"]["InvalidInEnvelope"];
            408: components["responses"]["TooSlowInEnvelope"];
            409: components["responses"]["ConflictInEnvelope"];
            413: components["responses"]["TooLargeInEnvelope"];
            422: components["responses"]["UnprocessableInEnvelope"];
            429: components["responses"]["TooManyInEnvelope"];
            500: components["responses"]["FaultInEnvelope"];
            502: components["responses"]["BadAnswerInEnvelope"];
            503: components["responses"]["UnavailableInEnvelope"];
            504: components["responses"]["LateInEnvelope"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: Record<string, never>;
                        /** @constant */
                        error: false;
                        message: string;
                    };
                };
            };
            "4XX": components["responses"]["RefusedInEnvelope"];
            "5XX": components["responses"]["FailedInEnvelope"];
        };
    };
    get_logout: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["InvalidInEnvelope"];
            500: components["responses"]["FaultInEnvelope"];
            502: components["responses"]["BadAnswerInEnvelope"];
            503: components["responses"]["UnavailableInEnvelope"];
            504: components["responses"]["LateInEnvelope"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: Record<string, never>;
                        /** @constant */
                        error: false;
                        message: string;
                    };
                };
            };
            "4XX": components["responses"]["RefusedInEnvelope"];
            "5XX": components["responses"]["FailedInEnvelope"];
        };
    };
    get_metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    get_openapi_json: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description It still is what `If-None-Match` says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            503: components["responses"]["Unavailable"];
        };
    };
    get_ping: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            503: components["responses"]["Unavailable"];
        };
    };
    post_rabbitmq_logger: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "created_at": "2026-01-02T03:04:05Z",
                 *       "data": "text",
                 *       "id": "text",
                 *       "level": "DEBUG",
                 *       "name": "text"
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: date-time
                     * @description When it happened; the time of storing when missing.
                     */
                    created_at?: string;
                    /** @description At most 256 KiB. At most 262144 bytes as UTF-8. */
                    data?: string;
                    /** @description Given by who may send the same entry twice, such as an event's id; 1 to 128 bytes. Made here when missing. */
                    id?: string;
                    /**
                     * @description INFO when missing.
                     * @enum {string}
                     */
                    level?: "DEBUG" | "INFO" | "WARNING" | "ERROR";
                    /** @description 1 to 200 bytes. 1 to 200 bytes as UTF-8. */
                    name: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description A queue has the event. */
                        data: {
                            /** @description Of the event; the same for each repetition under one key. */
                            id: string;
                            /** @description The key that it was published under. */
                            type: string;
                        };
                        /** @constant */
                        error: false;
                        message: string;
                    };
                };
            };
            400: components["responses"]["InvalidInEnvelope"];
            401: components["responses"]["UnauthenticatedInEnvelope"];
            408: components["responses"]["TooSlowInEnvelope"];
            409: components["responses"]["ConflictInEnvelope"];
            413: components["responses"]["TooLargeInEnvelope"];
            422: components["responses"]["UnprocessableInEnvelope"];
            500: components["responses"]["FaultInEnvelope"];
            503: components["responses"]["UnavailableInEnvelope"];
            504: components["responses"]["LateInEnvelope"];
        };
    };
    post_register: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "firstName": "Ada",
                 *       "lastName": "Lovelace",
                 *       "password": "***"
                 *     }
                 */
                "application/json": {
                    email?: string;
                    firstName?: string;
                    lastName?: string;
                    /** Format: password */
                    password?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: Record<string, never>;
                        /** @constant */
                        error: false;
                        message: string;
                    };
                };
            };
            400: components["responses"]["InvalidInEnvelope"];
            408: components["responses"]["TooSlowInEnvelope"];
            409: components["responses"]["ConflictInEnvelope"];
            413: components["responses"]["TooLargeInEnvelope"];
            422: components["responses"]["UnprocessableInEnvelope"];
            500: components["responses"]["FaultInEnvelope"];
            501: components["responses"]["UnimplementedInEnvelope"];
            503: components["responses"]["UnavailableInEnvelope"];
            504: components["responses"]["LateInEnvelope"];
            "4XX": components["responses"]["RefusedInEnvelope"];
        };
    };
    get_renew_token: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["InvalidInEnvelope"];
            500: components["responses"]["FaultInEnvelope"];
            502: components["responses"]["BadAnswerInEnvelope"];
            503: components["responses"]["UnavailableInEnvelope"];
            504: components["responses"]["LateInEnvelope"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: Record<string, never>;
                        /** @constant */
                        error: false;
                        message: string;
                    };
                };
            };
            "4XX": components["responses"]["RefusedInEnvelope"];
            "5XX": components["responses"]["FailedInEnvelope"];
        };
    };
    get_user: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["InvalidInEnvelope"];
            401: components["responses"]["UnauthenticatedInEnvelope"];
            500: components["responses"]["FaultInEnvelope"];
            502: components["responses"]["BadAnswerInEnvelope"];
            503: components["responses"]["UnavailableInEnvelope"];
            504: components["responses"]["LateInEnvelope"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: Record<string, never>;
                        /** @constant */
                        error: false;
                        message: string;
                    };
                };
            };
            "4XX": components["responses"]["RefusedInEnvelope"];
            "5XX": components["responses"]["FailedInEnvelope"];
        };
    };
    get_v1_admin_dead_letters: {
        parameters: {
            query?: {
                /** @example log.INFO */
                kind?: string;
                /** @example 20 */
                limit?: number;
                /** @example listener */
                service?: string;
                /** @example dead */
                state?: string;
                /** @example ada */
                text?: string;
            };
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        letters: {
                            attempts: number;
                            cause: string;
                            changed_at: string;
                            deaths: number;
                            died_at: string;
                            event_id: string;
                            id: string;
                            kind: string;
                            operation?: string | null;
                            queue: string;
                            reason: string;
                            replaced_by?: string | null;
                            replaces?: string | null;
                            service: string;
                            size: number;
                            source: string;
                            state: string;
                            subject?: string | null;
                            time: string;
                            trace: string;
                        }[];
                        next_cursor?: string | null;
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    get_v1_admin_dead_letters_groups: {
        parameters: {
            query?: {
                /** @example listener */
                service?: string;
                /** @example dead */
                state?: string;
            };
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        groups: {
                            cause: string;
                            count: number;
                            first: string;
                            kind: string;
                            last: string;
                            queue: string;
                        }[];
                        more: boolean;
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    get_v1_admin_dead_letters_by_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        attempts: number;
                        cause: string;
                        changed_at: string;
                        deaths: number;
                        died_at: string;
                        event_id: string;
                        headers: {
                            traceparent?: string | null;
                        };
                        id: string;
                        identity?: {
                            roles: string[];
                            session?: string | null;
                            subject: string;
                        } | null;
                        is_json: boolean;
                        kind: string;
                        operation?: string | null;
                        queue: string;
                        readable: boolean;
                        reason: string;
                        replaced_by?: string | null;
                        replaces?: string | null;
                        service: string;
                        size: number;
                        source: string;
                        state: string;
                        subject?: string | null;
                        time: string;
                        trace: string;
                        trace_id?: string | null;
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    post_v1_admin_dead_letters_by_id_edited: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "body": {
                 *         "data": "mended",
                 *         "name": "event"
                 *       },
                 *       "kind": "log.INFO"
                 *     }
                 */
                "application/json": {
                    body?: {
                        data?: string;
                        name?: string;
                    };
                    kind?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        attempts: number;
                        cause: string;
                        changed_at: string;
                        deaths: number;
                        died_at: string;
                        event_id: string;
                        headers: {
                            traceparent?: string | null;
                        };
                        id: string;
                        identity?: {
                            roles: string[];
                            session?: string | null;
                            subject: string;
                        } | null;
                        is_json: boolean;
                        kind: string;
                        operation?: string | null;
                        queue: string;
                        readable: boolean;
                        reason: string;
                        replaced_by?: string | null;
                        replaces?: string | null;
                        service: string;
                        size: number;
                        source: string;
                        state: string;
                        subject?: string | null;
                        time: string;
                        trace: string;
                        trace_id?: string | null;
                    };
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    get_v1_admin_mesh: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        alarms: string[];
                        heard_since: string;
                        routes: {
                            calls_per_second?: number | null;
                            door?: string | null;
                            errors_per_second?: number | null;
                            line?: string | null;
                            p95_ms?: number | null;
                            route: string;
                            service?: string | null;
                        }[];
                        services: {
                            instances: {
                                address: string;
                                degraded: {
                                    queue?: string | null;
                                };
                                instance: string;
                                last_seen: string;
                                started_at: string;
                                state: string;
                                version: string;
                            }[];
                            name: string;
                        }[];
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    get_v1_admin_operations: {
        parameters: {
            query?: {
                /** @example 20 */
                limit?: number;
            };
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        next_cursor?: string | null;
                        operations: {
                            created_at: string;
                            done: number;
                            ended_at?: string | null;
                            error?: string | null;
                            failed: number;
                            force: boolean;
                            id: string;
                            kind: string;
                            rate?: number | null;
                            skipped: number;
                            started_at?: string | null;
                            state: string;
                            total: number;
                            who: string;
                        }[];
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    post_v1_admin_operations: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "filter": {
                 *         "cause": "…"
                 *       },
                 *       "force": false,
                 *       "kind": "replay",
                 *       "rate": 50
                 *     }
                 */
                "application/json": {
                    filter?: {
                        cause?: string;
                    };
                    force?: boolean;
                    kind?: string;
                    rate?: number;
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created_at: string;
                        done: number;
                        ended_at?: string | null;
                        error?: string | null;
                        failed: number;
                        force: boolean;
                        id: string;
                        kind: string;
                        rate?: number | null;
                        skipped: number;
                        started_at?: string | null;
                        state: string;
                        total: number;
                        who: string;
                    };
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    get_v1_admin_operations_by_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created_at: string;
                        done: number;
                        ended_at?: string | null;
                        error?: string | null;
                        failed: number;
                        force: boolean;
                        id: string;
                        kind: string;
                        letters: {
                            detail: string;
                            letter: string;
                            state: string;
                        }[];
                        rate?: number | null;
                        skipped: number;
                        started_at?: string | null;
                        state: string;
                        total: number;
                        who: string;
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    delete_v1_admin_operations_by_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created_at: string;
                        done: number;
                        ended_at?: string | null;
                        error?: string | null;
                        failed: number;
                        force: boolean;
                        id: string;
                        kind: string;
                        rate?: number | null;
                        skipped: number;
                        started_at?: string | null;
                        state: string;
                        total: number;
                        who: string;
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    get_v1_admin_queues: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        queues: {
                            consumers?: number | null;
                            depth?: number | null;
                            kind: string;
                            name: string;
                            oldest_age_seconds?: number | null;
                            paused: boolean;
                            rate_in?: number | null;
                            rate_out?: number | null;
                            ready?: number | null;
                            service?: string | null;
                            unacked?: number | null;
                            unknown: {
                                unacked?: string | null;
                            };
                        }[];
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    get_v1_audit: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                level?: "DEBUG" | "INFO" | "WARNING" | "ERROR";
                /** @description 1 to 500; 50 when missing. */
                limit?: number;
                /** @description Exactly this name. */
                name?: string;
                /** @description From this moment on, itself included. */
                since?: string;
                /** @description Entries whose name or data hold this text, without regard to case. */
                text?: string;
                /** @description Up to this moment, itself left out. */
                until?: string;
            };
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description `respond-async` answers 202 at once, `wait=N` waits for at most N seconds before that (RFC 7240). */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["logger.v1.QueryResponse"];
                };
            };
            /** @description Kept: `Location` is where the result will be. */
            202: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    Location: components["headers"]["Location"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooMany"];
            499: components["responses"]["Cancelled"];
            500: components["responses"]["Fault"];
            501: components["responses"]["Unimplemented"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
        };
    };
    get_v1_audit_tail: {
        parameters: {
            query?: {
                /** @description Where to go on: the position of the last message that was seen. What came since is sent first, and an entry may come twice. Empty means from now on; the first message is then a position alone. Where it is missing none are told. */
                after?: string;
                level?: "DEBUG" | "INFO" | "WARNING" | "ERROR";
                name?: string;
                text?: string;
            };
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Documents as they come, until one side ends it. */
            200: {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooMany"];
            499: components["responses"]["Cancelled"];
            500: components["responses"]["Fault"];
            501: components["responses"]["Unimplemented"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
        };
    };
    post_v1_batch: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "calls": [
                 *         {
                 *           "id": "sum",
                 *           "method": "GET",
                 *           "path": "/v1/math/add/1,2"
                 *         },
                 *         {
                 *           "action": "log",
                 *           "body": {
                 *             "data": "${sum.body.result}",
                 *             "name": "sum"
                 *           }
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": {
                    calls: ({
                        action?: string;
                        body?: unknown;
                        headers?: {
                            [key: string]: string;
                        };
                        /** @description By which other calls take values from its answer. */
                        id?: string;
                        method?: string;
                        /** @description With its query. */
                        path?: string;
                    } & (unknown | unknown))[];
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        answers: {
                            body: components["schemas"]["Problem"] | unknown;
                            headers: {
                                [key: string]: string;
                            };
                            id: string;
                            status: number;
                        }[];
                    };
                };
            };
            400: components["responses"]["Invalid"];
            408: components["responses"]["TooSlow"];
            413: components["responses"]["TooLarge"];
            500: components["responses"]["Fault"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_v1_calls_by_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description `respond-async` answers 202 at once, `wait=N` waits for at most N seconds before that (RFC 7240). */
                Prefer?: components["parameters"]["Prefer"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Retry-After": components["headers"]["Retry-After"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            404: components["responses"]["NotFound"];
            500: components["responses"]["Fault"];
            503: components["responses"]["Unavailable"];
        };
    };
    delete_v1_calls_by_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            500: components["responses"]["Fault"];
            503: components["responses"]["Unavailable"];
        };
    };
    post_v1_events_logs: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "data": "hello by queue",
                 *       "level": "INFO",
                 *       "name": "event"
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: date-time
                     * @description When it happened; the time of storing when missing.
                     */
                    created_at?: string;
                    /** @description At most 256 KiB. At most 262144 bytes as UTF-8. */
                    data?: string;
                    /** @description Given by who may send the same entry twice, such as an event's id; 1 to 128 bytes. Made here when missing. */
                    id?: string;
                    /**
                     * @description INFO when missing.
                     * @enum {string}
                     */
                    level?: "DEBUG" | "INFO" | "WARNING" | "ERROR";
                    /** @description 1 to 200 bytes. 1 to 200 bytes as UTF-8. */
                    name: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Of the event; the same for each repetition under one key. */
                        id: string;
                        /** @description The key that it was published under. */
                        type: string;
                    };
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
        };
    };
    get_v1_live: {
        parameters: {
            query: {
                /**
                 * @description Joined by commas, each percent-encoded: `x-live` of a row, `:` and the value of its path parameter where it has one, `?` and a query.
                 * @example logs
                 */
                topics: string;
                /** @description The last `id` of an earlier stream, as `Last-Event-ID` says it. */
                after?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Messages, until either side ends it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooMany"];
            500: components["responses"]["Fault"];
            503: components["responses"]["Unavailable"];
        };
    };
    get_v1_logs: {
        parameters: {
            query?: {
                /** @description next_cursor of the page before. */
                cursor?: string;
                level?: "DEBUG" | "INFO" | "WARNING" | "ERROR";
                /** @description 1 to 500; 50 when missing. */
                limit?: number;
                /** @description Exactly this name. */
                name?: string;
                /** @description From this moment on, itself included. */
                since?: string;
                /** @description Entries whose name or data hold this text, without regard to case. */
                text?: string;
                /** @description Up to this moment, itself left out. */
                until?: string;
            };
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description `respond-async` answers 202 at once, `wait=N` waits for at most N seconds before that (RFC 7240). */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["logger.v1.QueryResponse"];
                };
            };
            /** @description Kept: `Location` is where the result will be. */
            202: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    Location: components["headers"]["Location"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooMany"];
            499: components["responses"]["Cancelled"];
            500: components["responses"]["Fault"];
            501: components["responses"]["Unimplemented"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
        };
    };
    post_v1_logs: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description `respond-async` answers 202 at once, `wait=N` waits for at most N seconds before that (RFC 7240). */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "data": "hello",
                 *       "level": "INFO",
                 *       "name": "event"
                 *     }
                 */
                "application/json": {
                    /**
                     * Format: date-time
                     * @description When it happened; the time of storing when missing.
                     */
                    created_at?: string;
                    /** @description At most 256 KiB. */
                    data?: string;
                    /** @description Given by who may send the same entry twice, such as an event's id; 1 to 128 bytes. Made here when missing. */
                    id?: string;
                    /**
                     * @description INFO when missing.
                     * @enum {string}
                     */
                    level?: "DEBUG" | "INFO" | "WARNING" | "ERROR";
                    /** @description 1 to 200 bytes. */
                    name?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["logger.v1.Entry"];
                };
            };
            /** @description Kept: `Location` is where the result will be. */
            202: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    Location: components["headers"]["Location"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            499: components["responses"]["Cancelled"];
            500: components["responses"]["Fault"];
            501: components["responses"]["Unimplemented"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
        };
    };
    get_v1_logs_tail: {
        parameters: {
            query?: {
                /** @description Where to go on: the position of the last message that was seen. What came since is sent first, and an entry may come twice. Empty means from now on; the first message is then a position alone. Where it is missing none are told. */
                after?: string;
                level?: "DEBUG" | "INFO" | "WARNING" | "ERROR";
                name?: string;
                text?: string;
            };
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Documents as they come, until one side ends it. */
            200: {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                    "text/event-stream": string;
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooMany"];
            499: components["responses"]["Cancelled"];
            500: components["responses"]["Fault"];
            501: components["responses"]["Unimplemented"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
        };
    };
    get_v1_math_by_op_by_numbers: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description `respond-async` answers 202 at once, `wait=N` waits for at most N seconds before that (RFC 7240). */
                Prefer?: components["parameters"]["Prefer"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @example add */
                op: string;
                /** @example 1,2,3 */
                numbers: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Kept: `Location` is where the result will be. */
            202: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    Location: components["headers"]["Location"];
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "Retry-After": components["headers"]["Retry-After"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Preference-Applied": components["headers"]["Preference-Applied"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    get_v1_me: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        active: boolean;
                        email: string;
                        first_name: string;
                        id: string;
                        last_name: string;
                        role: string;
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    delete_v1_me: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "password": "***"
                 *     }
                 */
                "application/json": {
                    /** Format: password */
                    password?: string;
                };
            };
        };
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    patch_v1_me: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "first_name": "Ada",
                 *       "last_name": "King"
                 *     }
                 */
                "application/json": {
                    first_name?: string;
                    last_name?: string;
                };
            };
        };
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        active: boolean;
                        email: string;
                        first_name: string;
                        id: string;
                        last_name: string;
                        role: string;
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    get_v1_me_addresses: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        addresses: {
                            city: string;
                            country: string;
                            created_at: string;
                            id: string;
                            name: string;
                            postal_code: string;
                            street: string;
                        }[];
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    post_v1_me_addresses: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "city": "London",
                 *       "country": "GB",
                 *       "name": "Ada Lovelace",
                 *       "postal_code": "SW1Y",
                 *       "street": "12 St James's Square"
                 *     }
                 */
                "application/json": {
                    city?: string;
                    country?: string;
                    name?: string;
                    postal_code?: string;
                    street?: string;
                };
            };
        };
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        city: string;
                        country: string;
                        created_at: string;
                        id: string;
                        name: string;
                        postal_code: string;
                        street: string;
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    put_v1_me_addresses_by_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "city": "London",
                 *       "country": "GB",
                 *       "name": "Ada Lovelace",
                 *       "postal_code": "SW1Y",
                 *       "street": "12 St James's Square"
                 *     }
                 */
                "application/json": {
                    city?: string;
                    country?: string;
                    name?: string;
                    postal_code?: string;
                    street?: string;
                };
            };
        };
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        city: string;
                        country: string;
                        created_at: string;
                        id: string;
                        name: string;
                        postal_code: string;
                        street: string;
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    delete_v1_me_addresses_by_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    get_v1_me_api_keys: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        api_keys: {
                            created_at: string;
                            expires_at?: string | null;
                            id: string;
                            last_used_at?: string | null;
                            name: string;
                            roles: string[];
                        }[];
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    post_v1_me_api_keys: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "expires_at": "2027-01-01T00:00:00Z",
                 *       "name": "nightly",
                 *       "roles": [
                 *         "user"
                 *       ]
                 *     }
                 */
                "application/json": {
                    expires_at?: string;
                    name?: string;
                    roles?: string[];
                };
            };
        };
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created_at: string;
                        expires_at?: string | null;
                        id: string;
                        key: string;
                        name: string;
                        roles: string[];
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    delete_v1_me_api_keys_by_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    post_v1_me_email: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.org",
                 *       "password": "***"
                 *     }
                 */
                "application/json": {
                    email?: string;
                    /** Format: password */
                    password?: string;
                };
            };
        };
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        active: boolean;
                        email: string;
                        first_name: string;
                        id: string;
                        last_name: string;
                        role: string;
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    post_v1_me_password: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "current_password": "***",
                 *       "new_password": "***"
                 *     }
                 */
                "application/json": {
                    /** Format: password */
                    current_password?: string;
                    /** Format: password */
                    new_password?: string;
                };
            };
        };
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sessions_ended: number;
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    post_v1_password_resets: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "new_password": "***",
                 *       "token": "***"
                 *     }
                 */
                "application/json": {
                    /** Format: password */
                    new_password?: string;
                    /** Format: password */
                    token?: string;
                };
            };
        };
        responses: {
            400: components["responses"]["Invalid"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    get_v1_sessions: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        sessions: {
                            address: string;
                            browser: boolean;
                            created_at: string;
                            current: boolean;
                            device: string;
                            expires_at: string;
                            id: string;
                            last_seen_at: string;
                        }[];
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    post_v1_sessions: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "browser": false,
                 *       "email": "ada@example.com",
                 *       "password": "***"
                 *     }
                 */
                "application/json": {
                    browser?: boolean;
                    email?: string;
                    /** Format: password */
                    password?: string;
                };
            };
        };
        responses: {
            400: components["responses"]["Invalid"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            429: components["responses"]["TooMany"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        access_token: string;
                        expires_in: number;
                        refresh_token?: string | null;
                        token_type: string;
                        user: {
                            active: boolean;
                            email: string;
                            first_name: string;
                            id: string;
                            last_name: string;
                            role: string;
                        };
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    delete_v1_sessions: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        ended: number;
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    delete_v1_sessions_current: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "refresh_token": "***"
                 *     }
                 */
                "application/json": {
                    /** Format: password */
                    refresh_token?: string;
                };
            };
        };
        responses: {
            400: components["responses"]["Invalid"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    post_v1_sessions_refresh: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "refresh_token": "***"
                 *     }
                 */
                "application/json": {
                    /** Format: password */
                    refresh_token?: string;
                };
            };
        };
        responses: {
            400: components["responses"]["Invalid"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        access_token: string;
                        expires_in: number;
                        refresh_token?: string | null;
                        token_type: string;
                        user: {
                            active: boolean;
                            email: string;
                            first_name: string;
                            id: string;
                            last_name: string;
                            role: string;
                        };
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    delete_v1_sessions_by_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    get_v1_users: {
        parameters: {
            query?: {
                /** @example 01981c5e-… */
                cursor?: string;
                /** @example 20 */
                limit?: number;
                /** @example ada */
                search?: string;
            };
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        next_cursor?: string | null;
                        users: {
                            active: boolean;
                            email: string;
                            first_name: string;
                            id: string;
                            last_name: string;
                            role: string;
                        }[];
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    post_v1_users: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com",
                 *       "first_name": "Ada",
                 *       "last_name": "Lovelace",
                 *       "password": "***"
                 *     }
                 */
                "application/json": {
                    email?: string;
                    first_name?: string;
                    last_name?: string;
                    /** Format: password */
                    password?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        active: boolean;
                        email: string;
                        first_name: string;
                        id: string;
                        last_name: string;
                        role: string;
                    };
                };
            };
            400: components["responses"]["Invalid"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            501: components["responses"]["Unimplemented"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            "4XX": components["responses"]["Refused"];
        };
    };
    get_v1_users_by_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        active: boolean;
                        email: string;
                        first_name: string;
                        id: string;
                        last_name: string;
                        role: string;
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    patch_v1_users_by_id: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "active": true,
                 *       "role": "admin"
                 *     }
                 */
                "application/json": {
                    active?: boolean;
                    role?: string;
                };
            };
        };
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["TooSlow"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["TooLarge"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        active: boolean;
                        email: string;
                        first_name: string;
                        id: string;
                        last_name: string;
                        role: string;
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
    post_v1_users_by_id_reset_link: {
        parameters: {
            query?: never;
            header?: {
                /** @description How long the call may take, in milliseconds, where that is less than the row's timeout. */
                "x-timeout-ms"?: components["parameters"]["Timeout"];
                /** @description Makes the repetition of a call the same call. Draw it at random, such as a UUID. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description The trace to go on with (W3C Trace Context). */
                traceparent?: components["parameters"]["Traceparent"];
                /** @description An id of the caller's own, which the answer repeats. */
                "x-request-id"?: components["parameters"]["RequestId"];
            };
            path: {
                /** @example 01981c5e-… */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: components["responses"]["Invalid"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            422: components["responses"]["Unprocessable"];
            500: components["responses"]["Fault"];
            502: components["responses"]["BadAnswer"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["Late"];
            /** @description Done. */
            "2XX": {
                headers: {
                    "Idempotency-Replayed": components["headers"]["Idempotency-Replayed"];
                    "x-attempts": components["headers"]["x-attempts"];
                    "x-request-id": components["headers"]["x-request-id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        expires_at: string;
                        token: string;
                    };
                };
            };
            "4XX": components["responses"]["Refused"];
            "5XX": components["responses"]["Failed"];
        };
    };
}
