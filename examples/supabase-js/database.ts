// Types of what users see and call, for createClient<Database>(): made by `make reference`, never edited.

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  public: {
    Tables: {
      generations: {
        Row: {
          id: string;
          user_id: string;
          workspace_id: string | null;
          action: "create" | "edit" | "upscale" | "remove_bg" | "inpaint" | "expand" | "video_create" | "video_i2v" | "video_edit" | "video_upscale" | "video_keyframes" | "analyze_describe" | "analyze_ocr" | "analyze_prompt";
          model_id: string;
          model_name: string;
          replicate_model: string;
          prompt: string | null;
          input_image_url: string | null;
          input_video_url: string | null;
          settings: Json | null;
          status: "pending" | "queued" | "processing" | "completed" | "failed" | "cancelled" | null;
          output_urls: string[] | null;
          output_thumbs: (string | null)[] | null;
          output_text: string | null;
          replicate_prediction_id: string | null;
          replicate_token_index: number | null;
          processing_time_ms: number | null;
          error_message: string | null;
          cost_credits: number | null;
          cost_usd: number | null;
          viewed: boolean | null;
          viewed_at: string | null;
          is_favorite: boolean;
          is_keyframe_segment: boolean | null;
          created_at: string | null;
          started_at: string | null;
          completed_at: string | null;
          replicate_input: Json | null;
          replicate_output: Json | null;
          queued_at: string | null;
          settled_at: string | null;
          retry_of: string | null;
          idempotency_key: string | null;
        };
        Insert: {
          id?: string;
          user_id: string;
          workspace_id?: string | null;
          action: "create" | "edit" | "upscale" | "remove_bg" | "inpaint" | "expand" | "video_create" | "video_i2v" | "video_edit" | "video_upscale" | "video_keyframes" | "analyze_describe" | "analyze_ocr" | "analyze_prompt";
          model_id: string;
          model_name: string;
          replicate_model: string;
          prompt?: string | null;
          input_image_url?: string | null;
          input_video_url?: string | null;
          settings?: Json | null;
          status?: "pending" | "queued" | "processing" | "completed" | "failed" | "cancelled" | null;
          is_keyframe_segment?: boolean | null;
          replicate_input?: Json | null;
          queued_at?: string | null;
          idempotency_key?: string | null;
        };
        Update: {
          viewed?: boolean | null;
          viewed_at?: string | null;
          is_favorite?: boolean;
        };
        Relationships: [];
      };
    };
    Views: { [_ in never]: never };
    Functions: {
      cancel_generation: {
        Args: {
          p_id: string;
        };
        Returns: string;
      };
      explain_generation: {
        Args: {
          p_id: string;
        };
        Returns: Json;
      };
      get_generation_changes: {
        Args: {
          p_since?: string | null;
          p_max?: number;
        };
        Returns: {
          id: string;
          status: string;
          changed_at: string;
          next_since: string;
        }[];
      };
      get_generation_counts: {
        Args: {
          p_user_id: string;
        };
        Returns: {
          all_count: number;
          processing_count: number;
          favorites_count: number;
          failed_count: number;
        }[];
      };
      get_next_replicate_token: {
        Args: Record<PropertyKey, never>;
        Returns: {
          id: number;
          token: string;
        }[];
      };
      get_output_urls: {
        Args: {
          p_generation: string;
          p_seconds?: number;
        };
        Returns: {
          nth: number;
          url: string;
          thumb_url: string;
          content_type: string;
          size: number;
          width: number;
          height: number;
          seconds: number;
        }[];
      };
      submit_generation: {
        Args: {
          p_replicate_model: string;
          p_input: Json;
          p_action?: string;
          p_prompt?: string | null;
          p_settings?: Json;
          p_workspace_id?: string | null;
          p_user_id?: string | null;
          p_idempotency_key?: string | null;
          p_model_id?: string | null;
          p_model_name?: string | null;
        };
        Returns: string;
      };
      submit_generations: {
        Args: {
          p_items: Json;
        };
        Returns: {
          nth: number;
          id: string;
          error: Json;
        }[];
      };
    };
    Enums: { [_ in never]: never };
    CompositeTypes: { [_ in never]: never };
  };
};
